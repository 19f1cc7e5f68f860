/** Vaults, their access policies, private endpoint connections and secrets, as a management program sees them. */
import { KeyVaultManagementClient } from '@azure/arm-keyvault'
import {
  credential,
  groupName,
  namesOf,
  options,
  others,
  pagesOf,
  poll,
  refusal,
  subscriptionId,
  tell,
} from './session.ts'

const [prefix = '', tenantId = '', objectId = ''] = others
const { vaults, secrets, privateEndpointConnections, privateLinkResources, operations } = new KeyVaultManagementClient(
  credential,
  subscriptionId,
  options,
)
const location = 'westeurope'
const sku = { family: 'A', name: 'standard' } as const
const [name = '', second = '', third = ''] = ['one', 'two', 'three'].map((suffix) => `${prefix}-${suffix}`)
const type = 'Microsoft.KeyVault/vaults'

const free = await vaults.checkNameAvailability({ name, type })
const creation = vaults.createOrUpdate(
  groupName,
  name,
  { location, tags: { a: '1' }, properties: { tenantId, sku, enableRbacAuthorization: false, accessPolicies: [] } },
  poll,
)
const created = await creation
const taken = (await vaults.checkNameAvailability({ name, type })).reason
const got = await vaults.get(groupName, name)
const updated = await vaults.update(groupName, name, {
  tags: { b: '2' },
  properties: {
    enabledForDeployment: true,
    networkAcls: { bypass: 'None', defaultAction: 'Deny', ipRules: [{ value: '10.0.0.0/8' }] },
  },
})
for (const other of [second, third]) {
  await vaults.createOrUpdate(groupName, other, { location, properties: { tenantId, sku } }, poll)
}
const lists = {
  byGroup: await namesOf(vaults.listByResourceGroup(groupName)),
  bySubscription: await namesOf(vaults.listBySubscription()),
  asResources: await namesOf(vaults.list()),
  pages: await pagesOf(vaults.listByResourceGroup(groupName, { top: 2 }).byPage()),
}

const policy = (permissions: object) => ({ properties: { accessPolicies: [{ tenantId, objectId, permissions }] } })
const policies = {
  added: await vaults.updateAccessPolicy(groupName, name, 'add', policy({ secrets: ['get', 'list'] })),
  merged: await vaults.updateAccessPolicy(groupName, name, 'add', policy({ secrets: ['set'] })),
  replaced: await vaults.updateAccessPolicy(groupName, name, 'replace', policy({ secrets: ['list'] })),
  shown: (await vaults.get(groupName, name)).properties.accessPolicies,
  removed: await vaults.updateAccessPolicy(groupName, name, 'remove', policy({ secrets: ['list'] })),
  left: (await vaults.get(groupName, name)).properties.accessPolicies,
}

const state = (status: string) => ({ privateLinkServiceConnectionState: { status, description: 'as agreed' } })
const connection = {
  approved: await privateEndpointConnections.put(groupName, name, 'office', state('Approved')),
  got: await privateEndpointConnections.get(groupName, name, 'office'),
  rejected: (await privateEndpointConnections.put(groupName, name, 'office', state('Rejected')))
    .privateLinkServiceConnectionState?.status,
  listed: await namesOf(privateEndpointConnections.listByResource(groupName, name)),
  deleted: (await privateEndpointConnections.delete(groupName, name, 'office', poll))?.name,
  gone: await refusal(privateEndpointConnections.get(groupName, name, 'office')),
  linkResources: (await privateLinkResources.listByVault(groupName, name)).value,
}

const setSecret = await secrets.createOrUpdate(groupName, name, 'db', {
  properties: { value: 'from the control plane', contentType: 'text/plain' },
})
for (const other of ['api', 'queue']) {
  await secrets.createOrUpdate(groupName, name, other, { properties: { value: 'x' } })
}
const secret = {
  set: setSecret,
  got: await secrets.get(groupName, name, 'db'),
  updated: await secrets.update(groupName, name, 'db', { tags: { c: '3' }, properties: { contentType: 'text/html' } }),
  pages: await pagesOf(secrets.list(groupName, name, { top: 2 }).byPage()),
  missing: await refusal(secrets.get(groupName, name, 'none')),
}

await vaults.delete(groupName, name)
const deleted = {
  get: await refusal(vaults.get(groupName, name)),
  got: await vaults.getDeleted(name, location),
  listed: await namesOf(vaults.listDeleted()),
  recreated: await refusal(
    vaults.createOrUpdate(groupName, name, { location, properties: { tenantId, sku, createMode: 'default' } }, poll),
  ),
}
const recovered = await vaults.createOrUpdate(
  groupName,
  name,
  { location, properties: { tenantId, sku, createMode: 'recover' } },
  poll,
)
const secretsAfter = await namesOf(secrets.list(groupName, name))
await vaults.delete(groupName, name)
const purge = vaults.purgeDeleted(name, location, poll)
await purge.pollUntilDone()
const purged = {
  status: purge.operationState?.status,
  get: await refusal(vaults.getDeleted(name, location)),
  listed: await namesOf(vaults.listDeleted()),
  again: await refusal(vaults.purgeDeleted(name, location, poll)),
}
tell({
  free,
  created,
  polled: creation.operationState?.status,
  taken,
  got,
  updated,
  lists,
  policies,
  connection,
  secret,
  deleted,
  recovered: {
    id: recovered.id,
    tags: recovered.tags,
    enabledForDeployment: recovered.properties.enabledForDeployment,
  },
  secretsAfter,
  purged,
  operations: (await namesOf(operations.list())).includes('Microsoft.KeyVault/vaults/read'),
})
