/**
 * Fixed decisions, each with the sentence it comes from. They say in words what the random cases of test/fuzz check in bulk.
 * Sources: [contract] contracts/resource-manager-and-container-apps.md; [kv] contracts/key-vault.md; [roles] Azure, "Understand
 * role definitions"; [deny] Azure, "List deny assignments"; [overview] Azure, "What is Azure RBAC"; [builtin] Azure built-in roles.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtInRoles } from '#authorization/built-in-roles.ts'
import { action, dataAction } from '#authorization/decision.ts'
import { compilePermissions, everyonePrincipalId } from '#authorization/evaluate.ts'
import { compileRole, type RolePermission } from '#authorization/role-definition.ts'
import { parseScope } from '#authorization/scope.ts'
import { trustGuid } from '#base/ids.ts'

const alice = 'a0000000-0000-4000-8000-000000000001'
const bob = 'a0000000-0000-4000-8000-000000000002'
const team = 'b0000000-0000-4000-8000-000000000001'
const division = 'b0000000-0000-4000-8000-000000000002'

const sub = '/subscriptions/11111111-1111-4111-8111-111111111111'
const rg = `${sub}/resourceGroups/rg`
const kv1 = `${rg}/providers/Microsoft.KeyVault/vaults/kv1`
const kv10 = `${rg}/providers/Microsoft.KeyVault/vaults/kv10`
const secret = `${kv1}/secrets/db-password`
const app = `${rg}/providers/Microsoft.App/containerApps/app`

const getSecret = 'Microsoft.KeyVault/vaults/secrets/getSecret/action'
const setSecret = 'Microsoft.KeyVault/vaults/secrets/setSecret/action'
const readMetadata = 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'
const vaultRead = 'Microsoft.KeyVault/vaults/read'
const vaultWrite = 'Microsoft.KeyVault/vaults/write'
const assign = 'Microsoft.Authorization/roleAssignments/write'

type Role = string | Partial<RolePermission>
interface Case {
  readonly says: string
  readonly source: string
  /** [role, scope, principal] */
  readonly roles: readonly (readonly [role: Role, scope: string, principal?: string])[]
  readonly denials?: readonly {
    readonly scope: string
    readonly blocked: Partial<RolePermission>
    readonly to: readonly string[]
    readonly except?: readonly string[]
    readonly notBelow?: boolean
  }[]
  readonly groups?: readonly string[]
  readonly data?: string
  readonly control?: string
  readonly at: string
  readonly expect: 'allow' | 'NoAssignment' | 'DenyAssignment'
}

const cases: readonly Case[] = [
  {
    says: 'nothing assigned allows nothing',
    source: '[contract] §4.4 step 8',
    roles: [],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'Secrets User reads a value',
    source: '[kv] §7',
    roles: [['Key Vault Secrets User', kv1]],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'Secrets User does not set a value',
    source: '[kv] §7',
    roles: [['Key Vault Secrets User', kv1]],
    data: setSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'Secrets User lists metadata at the vault',
    source: '[kv] §7',
    roles: [['Key Vault Secrets User', kv1]],
    data: readMetadata,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Secrets User has no control-plane action',
    source: '[kv] §7, actions set none',
    roles: [['Key Vault Secrets User', kv1]],
    control: vaultRead,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'Secrets Officer sets a value',
    source: '[kv] §7, secrets/*',
    roles: [['Key Vault Secrets Officer', rg]],
    data: setSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'Secrets Officer does not read keys',
    source: '[kv] §7, secrets/*',
    roles: [['Key Vault Secrets Officer', rg]],
    data: 'Microsoft.KeyVault/vaults/keys/read',
    at: `${kv1}/keys/k`,
    expect: 'NoAssignment',
  },
  {
    says: 'Administrator covers every data action of a vault',
    source: '[kv] §7',
    roles: [['Key Vault Administrator', sub]],
    data: 'Microsoft.KeyVault/vaults/keyrotationpolicies/read',
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Owner reads no secret: it has no dataActions',
    source: '[kv] §7 traps; [roles] control and data actions',
    roles: [['Owner', sub]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'Contributor reads no secret',
    source: '[kv] §7 traps',
    roles: [['Contributor', sub]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'Key Vault Contributor reads no secret',
    source: '[kv] §7; peers-production §2d row 23',
    roles: [['Key Vault Contributor', sub]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'a control action `*` never reaches the data plane',
    source: '[roles] control and data actions',
    roles: [[{ actions: ['*'] }, '/']],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'a data action `*` never reaches the control plane',
    source: '[roles] control and data actions',
    roles: [[{ dataActions: ['*'] }, '/']],
    control: vaultWrite,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'Owner writes a vault',
    source: '[builtin] Owner',
    roles: [['Owner', sub]],
    control: vaultWrite,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Contributor writes a vault',
    source: '[builtin] Contributor',
    roles: [['Contributor', rg]],
    control: vaultWrite,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Contributor assigns no roles: notActions',
    source: '[roles] NotActions; [builtin] Contributor',
    roles: [['Contributor', sub]],
    control: assign,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'notActions of one role take nothing from another',
    source: '[roles] NotActions is not a deny rule',
    roles: [
      ['Contributor', sub],
      ['User Access Administrator', sub],
    ],
    control: assign,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'notActions of a narrow role take nothing from a wide one',
    source: '[roles] NotActions',
    roles: [
      ['Owner', sub],
      ['Contributor', kv1],
    ],
    control: assign,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'notDataActions are subtracted inside their role',
    source: '[roles] NotDataActions',
    roles: [[{ dataActions: ['Microsoft.KeyVault/vaults/secrets/*'], notDataActions: ['*/getSecret/action'] }, kv1]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'notActions do not touch dataActions',
    source: '[roles] NotActions',
    roles: [[{ dataActions: [getSecret], notActions: ['*'] }, kv1]],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'Reader reads a vault resource',
    source: '[builtin] Reader `*/read`',
    roles: [['Reader', sub]],
    control: vaultRead,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Reader writes nothing',
    source: '[builtin] Reader',
    roles: [['Reader', sub]],
    control: vaultWrite,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'Reader sees an app but not its secrets',
    source: '[contract] §4.5',
    roles: [['Reader', sub]],
    control: 'Microsoft.App/containerApps/listSecrets/action',
    at: app,
    expect: 'NoAssignment',
  },
  {
    says: '`*/read` as a data action does not give readMetadata/action',
    source: '[kv] §7 traps',
    roles: [[{ dataActions: ['*/read'] }, kv1]],
    data: readMetadata,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'Key Vault Reader has readMetadata by name',
    source: '[kv] §7 traps',
    roles: [['Key Vault Reader', kv1]],
    data: readMetadata,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'Key Vault Reader reads no value',
    source: '[kv] §7',
    roles: [['Key Vault Reader', kv1]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at kv1 does not cover kv10',
    source: '[contract] §4.3 segment border',
    roles: [['Key Vault Secrets User', kv1]],
    data: getSecret,
    at: `${kv10}/secrets/db-password`,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at kv10 does not cover kv1',
    source: '[contract] §4.3',
    roles: [['Key Vault Secrets User', kv10]],
    data: getSecret,
    at: secret,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at one secret covers that secret',
    source: '[contract] §4.3 per-secret scope',
    roles: [['Key Vault Secrets User', secret]],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'an assignment at one secret does not cover its sibling prefix',
    source: '[contract] §4.3',
    roles: [['Key Vault Secrets User', secret]],
    data: getSecret,
    at: `${secret}-2`,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at one secret does not allow the list',
    source: '[kv] §6: list denials use the vault as resource',
    roles: [['Key Vault Secrets User', secret]],
    data: readMetadata,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at the tenant root covers every vault',
    source: '[contract] §4.3',
    roles: [['Key Vault Secrets User', '/']],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'an assignment in another subscription covers nothing here',
    source: '[contract] §4.3',
    roles: [['Owner', '/subscriptions/22222222-2222-4222-8222-222222222222']],
    control: vaultRead,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'an assignment at a child does not reach its parent',
    source: '[overview] scope',
    roles: [['Owner', kv1]],
    control: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    at: rg,
    expect: 'NoAssignment',
  },
  {
    says: 'scopes compare without letter case',
    source: '[contract] §0.10, §4.3',
    roles: [['Key Vault Secrets User', kv1.toUpperCase()]],
    data: getSecret,
    at: secret.replace('resourceGroups', 'resourcegroups'),
    expect: 'allow',
  },
  {
    says: 'actions compare without letter case',
    source: '[contract] §4.4',
    roles: [[{ dataActions: [getSecret.toUpperCase()] }, kv1]],
    data: getSecret.toLowerCase(),
    at: secret,
    expect: 'allow',
  },
  {
    says: 'another principal’s assignment gives nothing',
    source: '[contract] §4.4 step 4',
    roles: [['Owner', '/', bob]],
    control: vaultRead,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'a group’s assignment is its member’s',
    source: '[contract] §4.4 step 1',
    roles: [['Key Vault Secrets User', kv1, team]],
    groups: [team],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'membership is transitive',
    source: '[contract] §4.4 step 1',
    roles: [['Key Vault Secrets User', kv1, division]],
    groups: [team, division],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'roles add up over groups and the principal',
    source: '[contract] §4.4 step 6',
    roles: [
      ['Reader', sub],
      [{ dataActions: [setSecret] }, kv1, team],
    ],
    groups: [team],
    data: setSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'wildcards match across slashes',
    source: '[contract] §4.4 step 5',
    roles: [[{ dataActions: ['Microsoft.KeyVault/*/action'] }, kv1]],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'several wildcards may stand in one string',
    source: '[roles] Microsoft.CostManagement/*/query/*',
    roles: [[{ dataActions: ['*/secrets/*/action'] }, kv1]],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'Container Apps Contributor, whose list says containerApps/*/write, writes an app',
    source: '[builtin] Container Apps Contributor: full management',
    roles: [['Container Apps Contributor', rg]],
    control: 'Microsoft.App/containerApps/write',
    at: app,
    expect: 'allow',
  },
  {
    says: 'Managed Identity Operator, whose list says userAssignedIdentities/*/assign/action, assigns one',
    source: '[builtin] Managed Identity Operator: read and assign',
    roles: [['Managed Identity Operator', rg]],
    control: 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
    at: `${rg}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`,
    expect: 'allow',
  },
  {
    says: 'a deny assignment comes before every role',
    source: '[contract] §4.4 step 3; [deny]',
    roles: [['Key Vault Administrator', sub]],
    denials: [{ scope: kv1, blocked: { dataActions: [getSecret] }, to: [alice] }],
    data: getSecret,
    at: secret,
    expect: 'DenyAssignment',
  },
  {
    says: 'a deny assignment blocks what it names, nothing else',
    source: '[deny]',
    roles: [['Key Vault Administrator', sub]],
    denials: [{ scope: kv1, blocked: { dataActions: [getSecret] }, to: [alice] }],
    data: setSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'a deny assignment for everyone blocks everyone',
    source: '[deny] SystemDefined all principals',
    roles: [['Owner', sub]],
    denials: [{ scope: rg, blocked: { actions: ['*/write'] }, to: [everyonePrincipalId] }],
    control: vaultWrite,
    at: kv1,
    expect: 'DenyAssignment',
  },
  {
    says: 'an excluded principal is not blocked',
    source: '[deny] excludePrincipals',
    roles: [['Owner', sub]],
    denials: [{ scope: rg, blocked: { actions: ['*'] }, to: [everyonePrincipalId], except: [alice] }],
    control: vaultWrite,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'a member of an excluded group is not blocked',
    source: '[deny] excludePrincipals may be groups',
    roles: [['Owner', sub]],
    denials: [{ scope: rg, blocked: { actions: ['*'] }, to: [everyonePrincipalId], except: [team] }],
    groups: [team],
    control: vaultWrite,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'an exclusion is no grant',
    source: '[deny]',
    roles: [],
    denials: [{ scope: rg, blocked: { actions: ['*'] }, to: [everyonePrincipalId], except: [alice] }],
    control: vaultWrite,
    at: kv1,
    expect: 'NoAssignment',
  },
  {
    says: 'a deny without child scopes blocks its own scope',
    source: '[deny] doNotApplyToChildScopes',
    roles: [['Owner', sub]],
    denials: [{ scope: kv1, blocked: { actions: ['*/write'] }, to: [alice], notBelow: true }],
    control: vaultWrite,
    at: kv1,
    expect: 'DenyAssignment',
  },
  {
    says: 'a deny without child scopes blocks nothing below',
    source: '[deny] doNotApplyToChildScopes',
    roles: [['Owner', sub]],
    denials: [{ scope: rg, blocked: { actions: ['*/write'] }, to: [alice], notBelow: true }],
    control: vaultWrite,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'a deny’s notActions are spared',
    source: '[deny] notActions',
    roles: [['Owner', sub]],
    denials: [{ scope: sub, blocked: { actions: ['*'], notActions: ['*/read'] }, to: [alice] }],
    control: vaultRead,
    at: kv1,
    expect: 'allow',
  },
  {
    says: 'a deny of control actions leaves the data plane alone',
    source: '[deny] actions and dataActions',
    roles: [['Key Vault Secrets User', kv1]],
    denials: [{ scope: '/', blocked: { actions: ['*'] }, to: [alice] }],
    data: getSecret,
    at: secret,
    expect: 'allow',
  },
  {
    says: 'a deny at kv1 does not block kv10',
    source: '[contract] §4.3',
    roles: [['Owner', sub]],
    denials: [{ scope: kv1, blocked: { actions: ['*'] }, to: [alice] }],
    control: vaultWrite,
    at: kv10,
    expect: 'allow',
  },
  {
    says: 'a deny through a group blocks its members',
    source: '[deny] principals may be groups',
    roles: [['Owner', sub]],
    denials: [{ scope: sub, blocked: { actions: ['*'] }, to: [division] }],
    groups: [team, division],
    control: vaultWrite,
    at: kv1,
    expect: 'DenyAssignment',
  },
]

const nothing: RolePermission = { actions: [], notActions: [], dataActions: [], notDataActions: [] }

function permissionsOf(role: Role): readonly RolePermission[] {
  if (typeof role !== 'string') return [{ ...nothing, ...role }]
  const builtIn = builtInRoles.find((candidate) => candidate.roleName === role)
  assert.ok(builtIn !== undefined, `no built-in role ${role}`)
  return builtIn.permissions
}

describe('decisions', () => {
  for (const entry of cases) {
    test(`${entry.says} (${entry.source})`, () => {
      const permissions = compilePermissions({
        tenant: trustGuid('99999999-9999-4999-8999-999999999999'),
        principal: trustGuid(alice),
        state: 'enabled',
        groups: entry.groups ?? [],
        grants: entry.roles.map(([role, scope, principal], at) => ({
          assignmentId: `assignment-${at}`,
          principalId: principal ?? alice,
          scope: parseScope(scope),
          role: compileRole(permissionsOf(role)),
        })),
        denials: (entry.denials ?? []).map((deny, at) => ({
          denyAssignmentId: `deny-${at}`,
          scope: parseScope(deny.scope),
          appliesToChildScopes: deny.notBelow !== true,
          blocked: compileRole([{ ...nothing, ...deny.blocked }]),
          principalIds: new Set(deny.to),
          excludedPrincipalIds: new Set(deny.except),
        })),
        freshness: { generation: 1, epoch: 0 },
      })
      const asked = entry.data === undefined ? action(entry.control ?? '') : dataAction(entry.data)
      const scope = parseScope(entry.at)
      const decision = permissions.decide([{ anyOf: [asked], scope }])
      assert.equal(decision.outcome === 'allow' ? 'allow' : decision.reason, entry.expect)
      assert.deepEqual([decision.action, decision.scope], [asked, scope])
      assert.equal(permissions.permits(asked, scope), entry.expect === 'allow')
    })
  }
})
