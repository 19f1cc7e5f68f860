import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Operation } from '#operation/operation.ts'
import { RouteTable } from './routes.ts'

function operation(id: string, method: Operation['method'], path: string, since = ''): Operation {
  return {
    id,
    method,
    path,
    since,
    access: 'read',
    open: 'public',
    parse: () => undefined,
    handle: async () => undefined,
    respond: () => ({ status: 200 }),
  }
}

const table = new RouteTable(
  [
    operation('getSecrets', 'GET', '/secrets'),
    operation('getSecret', 'GET', '/secrets/{name}/{version?}'),
    operation('getSecretVersions', 'GET', '/secrets/{name}/versions'),
    operation('setSecret', 'PUT', '/secrets/{name}'),
    operation('restoreSecret', 'POST', '/secrets/restore'),
    operation('sign', 'POST', '/keys/{name}/{version?}/sign'),
    operation('metadata', 'GET', '/metadata/endpoints'),
    operation('root', 'GET', '/'),
    operation('getRoleAssignment', 'GET', '/{scope...}/providers/Microsoft.Authorization/roleAssignments/{name}'),
    operation('getRoleAssignments', 'GET', '/{scope...}/providers/Microsoft.Authorization/roleAssignments'),
  ],
  'none',
)

function find(method: string, path: string): unknown {
  const result = table.find(method, path.slice(1).split('/'))
  if (result.kind === 'found') return { id: result.choice.first?.id, ...result.path }
  return result.kind === 'method-not-allowed' ? result.allowed : result.kind
}

describe('RouteTable', () => {
  test('takes a trailing empty segment for an optional parameter that is left out', () => {
    assert.deepEqual(find('GET', '/secrets/a'), { id: 'getSecret', name: 'a', version: '' })
    assert.deepEqual(find('GET', '/secrets/a/'), { id: 'getSecret', name: 'a', version: '' })
    assert.deepEqual(find('GET', '/secrets/a/v1'), { id: 'getSecret', name: 'a', version: 'v1' })
    assert.deepEqual(find('GET', '/secrets/a/v1/'), { id: 'getSecret', name: 'a', version: 'v1' })
  })

  test('takes an empty segment in the place of a version for the latest', () => {
    assert.deepEqual(find('POST', '/keys/a//sign'), { id: 'sign', name: 'a', version: '' })
    assert.deepEqual(find('POST', '/keys/a/sign'), { id: 'sign', name: 'a', version: '' })
    assert.deepEqual(find('POST', '/keys/a/v1/sign'), { id: 'sign', name: 'a', version: 'v1' })
  })

  test('passes over other empty segments', () => {
    assert.deepEqual(find('GET', '//secrets/a'), { id: 'getSecret', name: 'a', version: '' })
    assert.deepEqual(find('GET', '/secrets//a'), { id: 'getSecret', name: 'a', version: '' })
    assert.deepEqual(find('GET', '//metadata/endpoints'), { id: 'metadata' })
    assert.deepEqual(find('GET', '/secrets/'), { id: 'getSecrets' })
    assert.deepEqual(find('GET', '/'), { id: 'root' })
  })

  test('matches literals in any letter case and keeps the case of parameters', () => {
    assert.deepEqual(find('GET', '/SECRETS/MyName/VERSIONS'), { id: 'getSecretVersions', name: 'MyName' })
  })

  test('prefers a literal to a parameter, per method', () => {
    assert.deepEqual(find('GET', '/secrets/a/versions'), { id: 'getSecretVersions', name: 'a' })
    assert.deepEqual(find('POST', '/secrets/restore'), { id: 'restoreSecret' })
    assert.deepEqual(find('GET', '/secrets/restore'), { id: 'getSecret', name: 'restore', version: '' })
  })

  test('gives a greedy parameter all leading segments', () => {
    const tail = 'providers/Microsoft.Authorization/roleAssignments'
    assert.deepEqual(find('GET', `/${tail}/x`), { id: 'getRoleAssignment', name: 'x', scope: '/' })
    assert.deepEqual(find('GET', `//subscriptions//S/${tail}/x/`), {
      id: 'getRoleAssignment',
      name: 'x',
      scope: '/subscriptions/S',
    })
    assert.deepEqual(find('GET', `/subscriptions/S/resourcegroups/R/providers/P/vaults/kv/${tail}`), {
      id: 'getRoleAssignments',
      scope: '/subscriptions/S/resourcegroups/R/providers/P/vaults/kv',
    })
  })

  test('tells a wrong method from an unknown path', () => {
    assert.deepEqual(find('DELETE', '/secrets/a'), ['GET', 'PUT'])
    assert.deepEqual(find('GET', '/nothing/here/at/all'), 'unknown-route')
    assert.deepEqual(find('BREW', '/nothing'), 'unknown-route')
  })

  test('refuses operations that no request could tell apart', () => {
    const one = operation('one', 'GET', '/a/{x?}')
    assert.throws(() => new RouteTable([one, operation('two', 'GET', '/a')], 'none'), TypeError)
    assert.throws(() => new RouteTable([one, operation('two', 'GET', '/a/{y}')], 'none'), TypeError)
    assert.throws(() => new RouteTable([operation('one', 'GET', '/a/{b...}')], 'none'), TypeError)
    assert.throws(() => new RouteTable([operation('one', 'GET', '/a/{b')], 'none'), TypeError)
    assert.throws(() => new RouteTable([operation('one', 'GET', '/a', 'tomorrow')], 'none'), TypeError)
  })
})
