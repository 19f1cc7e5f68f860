import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { dataAction } from './decision.ts'
import { compilePermissions, type PrincipalFacts } from './evaluate.ts'
import { compileRole } from './role-definition.ts'
import { childScope, parseScope } from './scope.ts'

const read = dataAction('Microsoft.KeyVault/vaults/secrets/getSecret/action')
const vault = parseScope('/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv')
const secretsUser = compileRole([{ actions: [], notActions: [], dataActions: [read.name], notDataActions: [] }])

function facts(changes: Partial<PrincipalFacts> = {}): PrincipalFacts {
  const principal = trustGuid<PrincipalId>('a0000000-0000-4000-8000-000000000001')
  return {
    tenant: trustGuid('99999999-9999-4999-8999-999999999999'),
    principal,
    state: 'enabled',
    groups: [],
    grants: [{ assignmentId: 'one', principalId: principal, scope: vault, role: secretsUser }],
    denials: [],
    freshness: { generation: 1, epoch: 0 },
    ...changes,
  }
}

describe('permissions', () => {
  test('give a repeated decision back without making a new one', () => {
    const permissions = compilePermissions(facts())
    const first = permissions.decide([{ anyOf: [read], scope: childScope(vault, 'secrets', 'db') }])
    const again = permissions.decide([{ anyOf: [dataAction(read.name)], scope: childScope(vault, 'secrets', 'DB') }])
    assert.equal(again, first)
  })

  test('stay right when callers ask for more scopes than are remembered', () => {
    const permissions = compilePermissions(facts())
    for (let at = 0; at < 5000; at++) {
      assert.equal(permissions.permits(read, childScope(vault, 'secrets', `s${at}`)), true)
      assert.equal(permissions.permits(read, parseScope(`/subscriptions/s${at}`)), false)
    }
  })

  test('name the nearest assignment, and of several at one scope the lowest id', () => {
    const { principal } = facts()
    const grant = (assignmentId: string, scope = vault) => ({
      assignmentId,
      principalId: principal,
      scope,
      role: secretsUser,
    })
    const secret = childScope(vault, 'secrets', 'db')
    const permissions = compilePermissions(facts({ grants: [grant('z'), grant('b', secret), grant('a', secret)] }))
    const decision = permissions.decide([{ anyOf: [read], scope: secret }])
    assert.deepEqual(decision, { outcome: 'allow', assignmentId: 'a', action: read, scope: secret })
  })

  for (const [state, reason] of [
    ['disabled', 'PrincipalDisabled'],
    ['unknown', 'PrincipalUnknown'],
  ] as const) {
    test(`of a principal that is ${state} allow nothing`, () => {
      const decision = compilePermissions(facts({ state })).decide([{ anyOf: [read], scope: vault }])
      assert.deepEqual(decision, { outcome: 'deny', reason, action: read, scope: vault })
    })
  }
})
