/** Subscriptions, locations, providers, resource groups, resources and locks, as a management program sees them. */
import { ManagementLockClient } from '@azure/arm-locks'
import { ResourceManagementClient } from '@azure/arm-resources'
import { SubscriptionClient } from '@azure/arm-resources-subscriptions'
import {
  all,
  credential,
  groupName,
  groupScope,
  namesOf,
  options,
  pagesOf,
  poll,
  refusal,
  subscriptionId,
  tell,
} from './session.ts'

const { subscriptions, tenants } = new SubscriptionClient(credential, options)
const { providers, resourceGroups, resources } = new ResourceManagementClient(credential, subscriptionId, options)
const { managementLocks } = new ManagementLockClient(credential, subscriptionId, options)
const location = 'westeurope'
const second = `${groupName}-second`
const type = 'Microsoft.ManagedIdentity/userAssignedIdentities'
const version = '2024-11-30'
const identityId = `${groupScope}/providers/${type}/generic`

const subscription = await subscriptions.get(subscriptionId)
const ids = (await all(subscriptions.list())).map((found) => found.subscriptionId)
const region = (await all(subscriptions.listLocations(subscriptionId))).find(({ name }) => name === location)
const tenantIds = (await all(tenants.list())).map(({ tenantId }) => tenantId)
const registered = await providers.register('Microsoft.KeyVault')
const provider = await providers.get('Microsoft.KeyVault')
const namespaces = (await all(providers.list())).map(({ namespace }) => namespace)

const existsBefore = await resourceGroups.checkExistence(groupName)
const created = await resourceGroups.createOrUpdate(groupName, { location, tags: { a: '1' } })
const got = await resourceGroups.get(groupName)
const updated = await resourceGroups.update(groupName, { tags: { b: '2' } })
await resourceGroups.createOrUpdate(second, { location })
const pages = await pagesOf(resourceGroups.list({ top: 1 }).byPage())
const tagged = await namesOf(resourceGroups.list({ filter: "tagName eq 'b' and tagValue eq '2'" }))

const resource = await resources.createOrUpdateById(identityId, version, { location, tags: { c: '3' } }, poll)
// Azure, too, answers 405 where a provider has no HEAD, and refers to GET.
const headed = await refusal(resources.checkExistenceById(identityId, version))
const gotResource = await resources.getById(identityId, version)
const updatedResource = await resources.updateById(identityId, version, { tags: { d: '4' } }, poll)
const ofType = await all(resources.list({ filter: `resourceType eq '${type}' and name eq 'generic'` }))
const inGroup = await namesOf(resources.listByResourceGroup(groupName))

const lock = await managementLocks.createOrUpdateAtResourceGroupLevel(groupName, 'keep', {
  level: 'CanNotDelete',
  notes: 'until the end',
})
const gotLock = await managementLocks.getAtResourceGroupLevel(groupName, 'keep')
const changedLock = await managementLocks.createOrUpdateAtResourceGroupLevel(groupName, 'keep', { level: 'ReadOnly' })
// This SDK sends the scope as one segment, with %2F in it; a path with %2F is refused here.
const lockedByScope = await refusal(managementLocks.getByScope(groupScope, 'keep'))
const whileLocked = {
  write: await refusal(resources.updateById(identityId, version, { tags: {} }, poll)),
  delete: await refusal(resourceGroups.delete(groupName, poll)),
}
const resourceLock = ['Microsoft.ManagedIdentity', '', 'userAssignedIdentities', 'generic'] as const
await managementLocks.createOrUpdateAtSubscriptionLevel('whole', { level: 'CanNotDelete' })
const locks = {
  byGroup: await namesOf(managementLocks.listAtResourceGroupLevel(groupName)),
  bySubscription: await namesOf(managementLocks.listAtSubscriptionLevel()),
  byResource: await namesOf(managementLocks.listAtResourceLevel(groupName, ...resourceLock)),
}
await managementLocks.deleteAtSubscriptionLevel('whole')
await managementLocks.deleteAtResourceGroupLevel(groupName, 'keep')
const lockGone = await refusal(managementLocks.getAtResourceGroupLevel(groupName, 'keep'))

await resources.deleteById(identityId, version, poll)
const resourceGone = await refusal(resources.getById(identityId, version))
const deletion = resourceGroups.delete(groupName, poll)
await deletion.pollUntilDone()
await resourceGroups.beginDeleteAndWait(second, poll)
const gone = {
  status: deletion.operationState?.status,
  get: await refusal(resourceGroups.get(groupName)),
  exists: await resourceGroups.checkExistence(groupName),
  again: await refusal(resourceGroups.delete(groupName, poll)),
  left: await namesOf(resourceGroups.list()),
}

tell({
  subscription: { shown: subscription, ids, region, tenantIds },
  provider: {
    states: [registered.registrationState, provider.registrationState],
    hasVaults: provider.resourceTypes?.some(({ resourceType }) => resourceType === 'vaults'),
    namespaces,
  },
  group: { existsBefore: existsBefore.body, created, got, updated, pages, tagged },
  resource: {
    created: resource,
    headed,
    got: gotResource,
    updated: updatedResource,
    ofType,
    inGroup,
    gone: resourceGone,
  },
  lock: {
    created: lock,
    got: gotLock,
    changed: changedLock,
    byScope: lockedByScope,
    whileLocked,
    locks,
    gone: lockGone,
  },
  gone: { ...gone, exists: gone.exists.body },
})
