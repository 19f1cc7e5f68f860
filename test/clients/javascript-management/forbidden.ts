/** One call of each kind as an identity that has no role: what each is refused with. */
import { randomUUID } from 'node:crypto'
import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { KeyVaultManagementClient } from '@azure/arm-keyvault'
import { ManagementLockClient } from '@azure/arm-locks'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import { ResourceManagementClient } from '@azure/arm-resources'
import {
  credential,
  groupName,
  groupScope,
  namesOf,
  options,
  others,
  poll,
  refusal,
  subscriptionId,
  tell,
} from './session.ts'

const [vaultName = '', tenantId = '', principalId = '', roleDefinitionId = ''] = others
const location = 'westeurope'
const { resourceGroups, resources } = new ResourceManagementClient(credential, subscriptionId, options)
const { managementLocks } = new ManagementLockClient(credential, subscriptionId, options)
const { vaults } = new KeyVaultManagementClient(credential, subscriptionId, options)
const { roleAssignments } = new AuthorizationManagementClient(credential, subscriptionId, options)
const { userAssignedIdentities } = new ManagedServiceIdentityClient(credential, subscriptionId, options)
const sku = { family: 'A', name: 'standard' } as const

tell({
  group: {
    write: await refusal(resourceGroups.createOrUpdate('rg-of-a-stranger', { location })),
    read: await refusal(resourceGroups.get(groupName)),
    delete: await refusal(resourceGroups.delete(groupName, poll)),
    resources: await namesOf(resources.list()),
  },
  lock: {
    write: await refusal(managementLocks.createOrUpdateAtResourceGroupLevel(groupName, 'l', { level: 'ReadOnly' })),
  },
  vault: {
    write: await refusal(
      vaults.createOrUpdate(groupName, 'kv-of-a-stranger', { location, properties: { tenantId, sku } }, poll),
    ),
    read: await refusal(vaults.get(groupName, vaultName)),
    delete: await refusal(vaults.delete(groupName, vaultName)),
  },
  assignment: {
    write: await refusal(roleAssignments.create(groupScope, randomUUID(), { roleDefinitionId, principalId })),
  },
  identity: {
    write: await refusal(userAssignedIdentities.createOrUpdate(groupName, 'of-a-stranger', { location })),
  },
})
