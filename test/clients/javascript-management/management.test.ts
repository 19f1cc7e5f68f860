import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkout, RunningServer } from '../../support/running-server.ts'
import { furnishManagement, type ManagementScene, tell, testManagement } from '../management.ts'
import { systemData } from '../management-expectations.ts'

const here = join(checkout, 'test', 'clients', 'javascript-management')

describe('the newest management SDKs for JavaScript', () => {
  let scene: ManagementScene

  before(async () => {
    const server = await RunningServer.start()
    scene = await furnishManagement(server, 'javascript', (name) => [process.execPath, join(here, `${name}.ts`)])
  })
  after(async () => scene?.server.remove())

  testManagement(() => scene)

  test('environments, apps, their secrets and revisions', async () => {
    const told = await tell(scene, { name: 'container-apps', words: [scene.identityId] })
    assert.deepEqual(told, containerApps)
  })

  test('an identity without a role is refused container apps', async () => {
    const told = await tell(scene, { name: 'forbidden-apps', as: 'app', words: [scene.made.app] })
    const refused = [403, 'AuthorizationFailed']
    assert.deepEqual(told, { read: refused, secrets: refused, environment: refused, delete: refused, listed: [] })
  })
})

const groupId = '/subscriptions/{subscription}/resourceGroups/{group}'
const environmentId = `${groupId}/providers/Microsoft.App/managedEnvironments/managed`
/** Azure, too, writes the ids of apps with `containerapps`. */
const appId = `${groupId}/providers/Microsoft.App/containerapps/managed-app`
const domain = 'env-{hash}.westeurope.azurecontainerapps.dev'
const revisionName = 'managed-app--{suffix}'

const environment = {
  id: environmentId,
  name: 'managed',
  type: 'Microsoft.App/managedEnvironments',
  location: 'West Europe',
  tags: { a: '1' },
  systemData,
  provisioningState: 'Succeeded',
  defaultDomain: domain,
  zoneRedundant: false,
}

const secretReference = {
  name: 'api',
  identity: 'system',
  keyVaultUrl: 'https://kv-elsewhere.vault.azure.net/secrets/api',
}
const resources = { cpu: 0.5, memory: '1Gi' }
const firstTemplate = {
  containers: [
    {
      name: 'main',
      image: 'docker.io/library/hello:1',
      env: [
        { name: 'DB', secretRef: 'db' },
        { name: 'MODE', value: 'test' },
      ],
      resources,
    },
  ],
}
const secondTemplate = { containers: [{ name: 'main', image: 'docker.io/library/hello:2', resources }] }

/** `identity` names a user-assigned one by the id as Azure writes it, with `resourcegroups`. */
const app = {
  id: appId,
  name: 'managed-app',
  type: 'Microsoft.App/containerApps',
  location: 'West Europe',
  tags: {},
  systemData,
  provisioningState: 'Succeeded',
  managedEnvironmentId: environmentId,
  environmentId,
  workloadProfileName: 'Consumption',
  latestRevisionName: revisionName,
  latestRevisionFqdn: `${revisionName}.${domain}`,
  configuration: {
    secrets: [{ name: 'db' }, secretReference],
    activeRevisionsMode: 'Multiple',
    ingress: {
      fqdn: `managed-app.${domain}`,
      external: true,
      targetPort: 80,
      transport: 'Auto',
      traffic: [{ weight: 100, latestRevision: true }],
      allowInsecure: false,
    },
  },
  template: firstTemplate,
  outboundIpAddresses: [],
  identity: {
    principalId: '{guid}',
    tenantId: '{tenant}',
    type: 'SystemAssigned, UserAssigned',
    userAssignedIdentities: {
      [`${groupId.replace('Groups', 'groups')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared`]: {
        principalId: '{guid}',
        clientId: '{guid}',
      },
    },
  },
}

const revision = {
  id: `${appId}/revisions/${revisionName}`,
  name: revisionName,
  type: 'Microsoft.App/containerApps/revisions',
  createdTime: '{time}',
  fqdn: `${revisionName}.${domain}`,
  template: firstTemplate,
  active: true,
  replicas: 0,
  trafficWeight: 0,
  healthState: 'None',
  provisioningState: 'Provisioned',
  runningState: 'Stopped',
}

const containerApps = {
  environment: {
    created: environment,
    polled: 'succeeded',
    updated: { ...environment, tags: { b: '2' } },
    got: { ...environment, tags: { b: '2' } },
  },
  free: { nameAvailable: true },
  app: {
    created: app,
    polled: 'succeeded',
    got: app,
    updated: { ...app, tags: { b: '2' }, template: secondTemplate },
    changed: 'succeeded',
  },
  secrets: [{ name: 'db', value: 'inline value' }, secretReference],
  environmentInUse: [409, 'ManagedEnvironmentHasContainerApps'],
  revision: {
    listed: [revision, { ...revision, template: secondTemplate, trafficWeight: 100 }],
    got: revision,
    deactivated: false,
    activated: true,
    restarted: 'done',
    replicas: [],
    missing: [404, 'RevisionNotFound'],
  },
  lists: {
    appsByGroup: ['{app}', 'managed-app'],
    appsBySubscription: ['{app}', 'managed-app'],
    environmentsByGroup: ['env', 'managed'],
    environmentsBySubscription: ['env', 'managed'],
  },
  gone: {
    app: 'succeeded',
    getApp: [404, 'ResourceNotFound'],
    secrets: [404, 'ResourceNotFound'],
    revisions: [404, 'ResourceNotFound'],
    environment: 'succeeded',
    getEnvironment: [404, 'ResourceNotFound'],
    again: 'nothing',
  },
}
