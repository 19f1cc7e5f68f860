/** Role definitions, role assignments with conditions, deny assignments and permissions, as a management program sees them. */
import { randomUUID } from 'node:crypto'
import { AuthorizationManagementClient } from '@azure/arm-authorization'
import {
  all,
  credential,
  groupName,
  groupScope,
  namesOf,
  options,
  others,
  refusal,
  subscriptionId,
  subscriptionScope,
  tell,
} from './session.ts'

const [vaultName = '', principalId = '', roleName = '', roleId = '', assignmentId = '', otherId = ''] = others
const { roleDefinitions, roleAssignments, denyAssignments, permissions } = new AuthorizationManagementClient(
  credential,
  subscriptionId,
  options,
)
const vaultScope = `${groupScope}/providers/Microsoft.KeyVault/vaults/${vaultName}`

const builtIn = (await all(roleDefinitions.list(vaultScope, { filter: "roleName eq 'Key Vault Secrets User'" })))[0]
const role = {
  roleName,
  description: 'Reads what groups are called.',
  roleType: 'CustomRole',
  assignableScopes: [groupScope],
  permissions: [
    {
      actions: ['Microsoft.Resources/subscriptions/resourceGroups/read'],
      notActions: [],
      dataActions: [],
      notDataActions: [],
    },
  ],
}
const created = await roleDefinitions.createOrUpdate(groupScope, roleId, role)
const updated = await roleDefinitions.createOrUpdate(groupScope, roleId, {
  ...role,
  permissions: [{ ...role.permissions[0], actions: ['*/read'], notActions: ['Microsoft.KeyVault/*/read'] }],
})
const definition = {
  builtIn,
  created,
  updated,
  got: await roleDefinitions.get(groupScope, roleId),
  gotById: (await roleDefinitions.getById(created.id ?? '')).roleName,
  listed: (await all(roleDefinitions.list(groupScope, { filter: "type eq 'CustomRole'" }))).map(
    (found) => found.roleName,
  ),
  ofAll: (await all(roleDefinitions.list(groupScope))).length > 5,
}

const condition =
  "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'})) OR " +
  "(@Resource[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'db'))"
const assigned = await roleAssignments.create(vaultScope, assignmentId, {
  roleDefinitionId: builtIn?.id ?? '',
  principalId,
  principalType: 'ServicePrincipal',
  description: 'the database password alone',
  condition,
  conditionVersion: '2.0',
})
await roleAssignments.create(groupScope, otherId, { roleDefinitionId: created.id ?? '', principalId })
const filter = `principalId eq '${principalId}'`
const assignment = {
  created: assigned,
  got: await roleAssignments.get(vaultScope, assignmentId),
  gotById: (await roleAssignments.getById(assigned.id ?? '')).name,
  twice: await refusal(
    roleAssignments.create(vaultScope, randomUUID(), { roleDefinitionId: builtIn?.id ?? '', principalId }),
  ),
  badCondition: await refusal(
    roleAssignments.create(vaultScope, randomUUID(), {
      roleDefinitionId: builtIn?.id ?? '',
      principalId,
      condition: 'whenever',
      conditionVersion: '2.0',
    }),
  ),
  bySubscription: (await namesOf(roleAssignments.listForSubscription({ filter }))).sort(),
  byGroup: (await namesOf(roleAssignments.listForResourceGroup(groupName, { filter }))).sort(),
  byResource: (
    await namesOf(roleAssignments.listForResource(groupName, 'Microsoft.KeyVault', 'vaults', vaultName, { filter }))
  ).sort(),
  byScope: (await namesOf(roleAssignments.listForScope(vaultScope, { filter: `assignedTo('${principalId}')` }))).sort(),
  updated: (
    await roleAssignments.create(vaultScope, assignmentId, {
      roleDefinitionId: builtIn?.id ?? '',
      principalId,
      principalType: 'ServicePrincipal',
    })
  ).condition,
}
const roleInUse = await refusal(roleDefinitions.delete(groupScope, roleId))
const deletedAssignment = await roleAssignments.delete(vaultScope, assignmentId)
await roleAssignments.deleteById(`${groupScope}/providers/Microsoft.Authorization/roleAssignments/${otherId}`)
const deletedRole = await roleDefinitions.delete(groupScope, roleId)

tell({
  definition,
  assignment,
  roleInUse,
  deleted: {
    assignment: deletedAssignment.name,
    role: deletedRole.name,
    getAssignment: await refusal(roleAssignments.get(vaultScope, assignmentId)),
    getRole: await refusal(roleDefinitions.get(groupScope, roleId)),
    left: await namesOf(roleAssignments.listForSubscription({ filter })),
  },
  deny: {
    bySubscription: await namesOf(denyAssignments.list()),
    byGroup: await namesOf(denyAssignments.listForResourceGroup(groupName)),
    byResource: await namesOf(
      denyAssignments.listForResource(groupName, 'Microsoft.KeyVault', '', 'vaults', vaultName),
    ),
    byScope: await namesOf(denyAssignments.listForScope(subscriptionScope)),
    missing: await refusal(denyAssignments.get(subscriptionScope, otherId)),
  },
  permissions: {
    byGroup: await all(permissions.listForResourceGroup(groupName)),
    byResource: (await all(permissions.listForResource(groupName, 'Microsoft.KeyVault', '', 'vaults', vaultName)))
      .length,
  },
})
