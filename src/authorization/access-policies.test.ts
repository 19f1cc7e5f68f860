import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { type AccessPolicy, compileAccessPolicies } from './access-policies.ts'
import { action, dataAction, type SecretPermission } from './decision.ts'
import { compilePermissions, type PrincipalFacts } from './evaluate.ts'
import { compileRole } from './role-definition.ts'
import { childScope, parseScope } from './scope.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')
const principal = trustGuid<PrincipalId>('22222222-2222-4222-8222-222222222222')
const group = trustGuid('33333333-3333-4333-8333-333333333333')
const application = trustGuid('44444444-4444-4444-8444-444444444444')
const scope = parseScope('/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1')
const secretScope = childScope(scope, 'secrets', 'one')

const secretActions: readonly (readonly [string, SecretPermission])[] = [
  ['getSecret/action', 'get'],
  ['readMetadata/action', 'list'],
  ['setSecret/action', 'set'],
  ['update/action', 'set'],
  ['delete', 'delete'],
  ['backup/action', 'backup'],
  ['restore/action', 'restore'],
  ['recover/action', 'recover'],
  ['purge/action', 'purge'],
]
const secretAction = (name: string) => dataAction(`Microsoft.KeyVault/vaults/secrets/${name}`)
const get = secretAction('getSecret/action')

const policy = (secrets: readonly string[], change: Partial<AccessPolicy> = {}): AccessPolicy => ({
  tenantId: tenant,
  objectId: principal,
  permissions: { secrets },
  ...change,
})

/** With every role there is, at the root. */
function permissions(change: Partial<PrincipalFacts> = {}) {
  const everything = compileRole([{ actions: ['*'], notActions: [], dataActions: ['*'], notDataActions: [] }])
  return compilePermissions({
    tenant,
    principal,
    state: 'enabled',
    groups: [group],
    grants: [{ assignmentId: 'a1', principalId: principal, scope: parseScope('/'), role: everything }],
    denials: [],
    freshness: { generation: 1, epoch: 1 },
    ...change,
  })
}

function under(policies: readonly AccessPolicy[], kind: 'user' | 'application' = 'user', clientId = 'c') {
  return compileAccessPolicies(policies, { tenant, scope }).permissionsOf(permissions(), { kind, clientId })
}

describe('access policies', () => {
  test('give each action exactly its permission', () => {
    for (const [name, permission] of secretActions) {
      for (const [, given] of secretActions) {
        const decision = under([policy([given])]).decide([{ anyOf: [secretAction(name)], scope: secretScope }])
        assert.equal(decision.outcome, given === permission ? 'allow' : 'deny', `${name} with ${given}`)
      }
      assert.equal(under([policy(['all'])]).permits(secretAction(name), secretScope), true)
    }
  })

  test('compare actions without letter case', () => {
    assert.equal(under([policy(['get'])]).permits(dataAction(get.name.toUpperCase()), secretScope), true)
  })

  test('decide by the permission that a requirement names, where it names one', () => {
    const requirement = {
      anyOf: [secretAction('readMetadata/action')],
      scope: secretScope,
      secretPermission: 'get',
    } as const
    assert.equal(under([policy(['get'])]).decide([requirement]).outcome, 'allow')
    assert.equal(under([policy(['list'])]).decide([requirement]).outcome, 'deny')
  })

  test('give nothing for actions that have no permission, not even all', () => {
    const read = dataAction('Microsoft.KeyVault/vaults/keys/read')
    assert.deepEqual(under([policy(['all'])]).decide([{ anyOf: [read], scope }]), {
      outcome: 'deny',
      reason: 'NoAccessPolicy',
      action: read,
      scope,
      accessPolicy: { permission: undefined, isNamed: true, groups: 1 },
    })
    assert.equal(under([policy(['all'])]).permits(secretAction('constructor'), secretScope), false)
  })

  test('say who gave, or what was missing', () => {
    const requirement = { anyOf: [get], scope: secretScope } as const
    const named = { action: get, scope: secretScope }
    assert.deepEqual(under([policy(['get'], { objectId: group })]).decide([requirement]), {
      outcome: 'allow',
      accessPolicy: group,
      ...named,
    })
    const missing = { outcome: 'deny', reason: 'NoAccessPolicy', ...named } as const
    assert.deepEqual(under([policy(['list'])]).decide([requirement]), {
      ...missing,
      accessPolicy: { permission: 'secrets get', isNamed: true, groups: 1 },
    })
    assert.deepEqual(under([]).decide([requirement]), {
      ...missing,
      accessPolicy: { permission: 'secrets get', isNamed: false, groups: 1 },
    })
  })

  test('all requirements must hold, and any action of one is enough', () => {
    const set = secretAction('setSecret/action')
    const some = under([policy(['get'])])
    assert.equal(some.decide([{ anyOf: [set, get], scope: secretScope }]).outcome, 'allow')
    const both = some.decide([
      { anyOf: [get], scope: secretScope },
      { anyOf: [set], scope: secretScope },
    ])
    assert.deepEqual([both.outcome, both.action], ['deny', set])
  })

  test('leave management, and what is outside of the vault, to roles', () => {
    const none = under([])
    assert.equal(none.permits(action('Microsoft.KeyVault/vaults/read'), scope), true)
    assert.equal(none.permits(get, parseScope('/subscriptions/s/resourceGroups/rg/providers/x/vaults/kv10')), true)
    assert.equal(none.permits(get, secretScope), false)
    assert.equal(none.permits(get, scope), false)
  })

  test('of another tenant, and of others, count for nothing', () => {
    const foreign = policy(['all'], { tenantId: trustGuid('99999999-9999-4999-8999-999999999999') })
    const other = policy(['all'], { objectId: application })
    assert.equal(under([foreign, other]).permits(get, secretScope), false)
  })

  test('for an application count for users through that application alone', () => {
    const applied = [policy(['get'], { applicationId: application })]
    assert.equal(under(applied, 'user', application).permits(get, secretScope), true)
    assert.equal(under(applied, 'user', 'c').permits(get, secretScope), false)
    assert.equal(under(applied, 'application', application).permits(get, secretScope), false)
  })

  test('give nothing to a principal that is disabled or unknown', () => {
    for (const [state, reason] of [
      ['disabled', 'PrincipalDisabled'],
      ['unknown', 'PrincipalUnknown'],
    ] as const) {
      const decided = compileAccessPolicies([policy(['all'])], { tenant, scope })
        .permissionsOf(permissions({ state }), { kind: 'user', clientId: 'c' })
        .decide([{ anyOf: [get], scope: secretScope }])
      assert.deepEqual(decided, { outcome: 'deny', reason, action: get, scope: secretScope })
    }
  })

  test('are worked out once for the same permissions and application', () => {
    const policies = compileAccessPolicies([policy(['get'])], { tenant, scope })
    const roles = permissions()
    const caller = { kind: 'user', clientId: 'c' } as const
    assert.equal(policies.permissionsOf(roles, caller), policies.permissionsOf(roles, caller))
    assert.notEqual(policies.permissionsOf(roles, caller), policies.permissionsOf(permissions(), caller))
  })
})
