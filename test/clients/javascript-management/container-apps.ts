/** Environments, apps, their secrets and revisions, as a management program sees them. */
import { ContainerAppsAPIClient } from '@azure/arm-appcontainers'
import { all, credential, groupName, namesOf, options, others, poll, refusal, subscriptionId, tell } from './session.ts'

const [identityId = ''] = others
const client = new ContainerAppsAPIClient(credential, subscriptionId, options)
const { managedEnvironments, containerApps, containerAppsRevisions, containerAppsRevisionReplicas, namespaces } = client
const location = 'westeurope'
const name = 'managed-app'

const environmentCreation = managedEnvironments.createOrUpdate(
  groupName,
  'managed',
  { location, tags: { a: '1' } },
  poll,
)
const environment = await environmentCreation
const updatedEnvironment = await managedEnvironments.update(groupName, 'managed', { location, tags: { b: '2' } }, poll)
const free = await namespaces
  .checkNameAvailability(groupName, 'managed', { name, type: 'Microsoft.App/containerApps' })
  .catch(String)

const container = { name: 'main', image: 'docker.io/library/hello:1', resources: { cpu: 0.5, memory: '1Gi' } }
const envelope = {
  location,
  environmentId: environment.id ?? '',
  identity: { type: 'SystemAssigned, UserAssigned', userAssignedIdentities: { [identityId]: {} } },
  configuration: {
    activeRevisionsMode: 'Multiple',
    ingress: { external: true, targetPort: 80 },
    secrets: [
      { name: 'db', value: 'inline value' },
      { name: 'api', keyVaultUrl: 'https://kv-elsewhere.vault.azure.net/secrets/api', identity: 'System' },
    ],
  },
  template: {
    containers: [
      {
        ...container,
        env: [
          { name: 'DB', secretRef: 'db' },
          { name: 'MODE', value: 'test' },
        ],
      },
    ],
  },
}
const creation = containerApps.createOrUpdate(groupName, name, envelope, poll)
const created = await creation
const got = await containerApps.get(groupName, name)
const secrets = await containerApps.listSecrets(groupName, name)
const change = containerApps.update(
  groupName,
  name,
  { location, tags: { b: '2' }, template: { containers: [{ ...container, image: 'docker.io/library/hello:2' }] } },
  poll,
)
const updated = await change
const environmentInUse = await refusal(managedEnvironments.delete(groupName, 'managed', poll))

// Oldest first, whatever their names are.
const revisions = (await all(containerAppsRevisions.listRevisions(groupName, name))).sort(
  (a, b) => Number(a.createdTime) - Number(b.createdTime),
)
const [first = ''] = revisions.map((revision) => revision.name ?? '')
const revision = {
  listed: revisions,
  got: await containerAppsRevisions.getRevision(groupName, name, first),
  deactivated: await containerAppsRevisions
    .deactivateRevision(groupName, name, first)
    .then(async () => (await containerAppsRevisions.getRevision(groupName, name, first)).active),
  activated: await containerAppsRevisions
    .activateRevision(groupName, name, first)
    .then(async () => (await containerAppsRevisions.getRevision(groupName, name, first)).active),
  restarted: (await containerAppsRevisions.restartRevision(groupName, name, first)) ?? 'done',
  replicas: (await containerAppsRevisionReplicas.listReplicas(groupName, name, first)).value,
  missing: await refusal(containerAppsRevisions.getRevision(groupName, name, `${name}--none`)),
}
const lists = {
  appsByGroup: await namesOf(containerApps.listByResourceGroup(groupName)),
  appsBySubscription: await namesOf(containerApps.listBySubscription()),
  environmentsByGroup: await namesOf(managedEnvironments.listByResourceGroup(groupName)),
  environmentsBySubscription: await namesOf(managedEnvironments.listBySubscription()),
}
const gotEnvironment = await managedEnvironments.get(groupName, 'managed')

const deletion = containerApps.delete(groupName, name, poll)
await deletion.pollUntilDone()
const environmentDeletion = managedEnvironments.delete(groupName, 'managed', poll)
await environmentDeletion.pollUntilDone()
tell({
  environment: {
    created: environment,
    polled: environmentCreation.operationState?.status,
    updated: updatedEnvironment,
    got: gotEnvironment,
  },
  free,
  app: { created, polled: creation.operationState?.status, got, updated, changed: change.operationState?.status },
  secrets: secrets.value,
  environmentInUse,
  revision,
  lists,
  gone: {
    app: deletion.operationState?.status,
    getApp: await refusal(containerApps.get(groupName, name)),
    secrets: await refusal(containerApps.listSecrets(groupName, name)),
    revisions: await refusal(all(containerAppsRevisions.listRevisions(groupName, name))),
    environment: environmentDeletion.operationState?.status,
    getEnvironment: await refusal(managedEnvironments.get(groupName, 'managed')),
    again: (await containerApps.delete(groupName, name, poll)) ?? 'nothing',
  },
})
