import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dataAction } from '#authorization/decision.ts'
import { childScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { trustGuid } from '#base/ids.ts'
import { sampleCaller, sampleFacts, samplePlace, vaultRequest } from '../../test/support/vault-fixtures.ts'
import type { Operation } from './operation.ts'
import { type RecordedCall, recordCall, recordRefusedToken } from './record-call.ts'

const id = trustGuid('12121212-1212-4212-8212-121212121212')
const time = new Date('2026-11-01T12:00:00.123Z')

const operation: Operation = {
  id: 'getThing',
  method: 'GET',
  path: '/things',
  since: '7.0',
  access: 'read',
  parse: () => undefined,
  requirements: () => 'filtered',
  handle: async () => undefined,
  respond: () => ({ status: 200 }),
  audit: { operationName: 'ThingGet', view: () => ({ requestUri: '' }) },
}

function recordOf(change: Partial<RecordedCall> = {}) {
  const { body } = recordCall({
    id,
    surface: 'vault',
    operation,
    request: vaultRequest(),
    caller: sampleCaller,
    decision: undefined,
    admission: undefined,
    trustedService: undefined,
    view: { requestUri: 'https://kv1.vault.azure.net/things' },
    status: 200,
    description: undefined,
    time,
    durationMilliseconds: 1.4,
    ...change,
  })
  return JSON.parse(`${body}}}`)
}

describe('the record of a call', () => {
  test('shows what the view allows, and the request by its parsed parts alone', () => {
    const record = recordOf({
      request: vaultRequest({ body: 'in the body', query: { secret: 'in the query' }, header: () => 'in a header' }),
      view: {
        requestUri: 'https://kv1.vault.azure.net/things',
        id: 'https://kv1.vault.azure.net/things/one',
        version: '0123',
        properties: { count: 3 },
      },
    })
    assert.deepEqual(record.properties, {
      id: 'https://kv1.vault.azure.net/things/one',
      clientInfo: 'test',
      httpStatusCode: 200,
      requestUri: 'https://kv1.vault.azure.net/things',
      tlsVersion: 'TLS1_3',
      count: 3,
    })
    assert.equal(record.operationName, 'ThingGet')
    assert.equal(record.time, '2026-11-01T12:00:00.1230000Z')
    assert.equal(record.durationMs, '1')
    assert.equal(record.resourceId, samplePlace.scope.path.toUpperCase())
    assert.equal(record.strongroom.version, '0123')
    assert.ok(!JSON.stringify(record).includes('in '))
  })

  test('is correlated by the id that the client sent, else by our own', () => {
    assert.equal(recordOf().correlationId, 'client-1')
    const facts = { ...sampleFacts, clientRequestId: undefined }
    assert.equal(recordOf({ request: vaultRequest({ facts }) }).correlationId, sampleFacts.requestId)
  })

  test('says why nobody was asked', () => {
    const filtered = recordOf({ decision: 'filtered' })
    assert.deepEqual([filtered.strongroom.decision, filtered.strongroom.reason], ['open', 'filtered'])
    const undecided = recordOf({ decision: undefined, status: 400 })
    assert.deepEqual([undecided.strongroom.decision, undecided.strongroom.reason], ['none', 'undecided'])
    const open: Operation = {
      id: 'getToken',
      method: 'GET',
      path: '/token',
      since: '',
      access: 'read',
      open: 'workload-session',
      parse: () => undefined,
      handle: async () => undefined,
      respond: () => ({ status: 200 }),
      audit: { operationName: 'Token', view: () => ({ requestUri: '' }) },
    }
    const record = recordOf({ operation: open, caller: undefined })
    assert.deepEqual([record.strongroom.decision, record.strongroom.reason], ['open', 'workload-session'])
    assert.equal(record.strongroom.principal, undefined)
    assert.equal(record.identity, undefined)
  })

  test('says of a connection that was shut out that it was denied, and of nothing else', () => {
    const error = new ServiceError('forbidden', 'Forbidden', 'No.', { innerCode: 'ForbiddenByFirewall' })
    const { properties, strongroom } = recordOf({ admission: { outcome: 'refused', error }, status: 403 })
    assert.equal(properties.isAddressAuthorized, false)
    assert.equal('isRbacAuthorized' in properties, false)
    assert.deepEqual(
      [strongroom.decision, strongroom.reason, 'action' in strongroom],
      ['deny', 'ForbiddenByFirewall', false],
    )
  })

  test('names the trusted service only where it was let in as one', () => {
    const trustedService = 'container-apps'
    const named = recordOf({ admission: { outcome: 'admitted', as: 'trusted-service' }, trustedService })
    const unnamed = recordOf({ admission: { outcome: 'admitted', as: 'public' }, trustedService })
    assert.equal(named.properties.trustedService, trustedService)
    assert.equal('trustedService' in unnamed.properties, false)
  })

  test('names the private endpoint that the connection came through', () => {
    const request = vaultRequest({ facts: { ...sampleFacts, privateEndpoint: 'office' } })
    assert.equal(recordOf({ request }).properties.privateEndpoint, 'office')
    assert.equal('privateEndpoint' in recordOf().properties, false)
  })

  test('names the access policy that allowed, or that none did', () => {
    const asked = { action: dataAction('Test/read'), scope: samplePlace.scope }
    const allowed = recordOf({ decision: { outcome: 'allow', accessPolicy: 'oid-1', ...asked } })
    assert.deepEqual([allowed.properties.isAccessPolicyMatch, 'isRbacAuthorized' in allowed.properties], [true, false])
    assert.deepEqual([allowed.strongroom.decision, allowed.strongroom.accessPolicy], ['allow', 'oid-1'])
    const denied = recordOf({ decision: { outcome: 'deny', reason: 'NoAccessPolicy', ...asked } })
    assert.deepEqual(
      [denied.properties.isAccessPolicyMatch, 'isRbacAuthorized' in denied.properties, denied.strongroom.reason],
      [false, false, 'NoAccessPolicy'],
    )
  })

  test('names what denied: the action, its scope and the deny assignment', () => {
    const scope = childScope(samplePlace.scope, 'secrets', 'a')
    const record = recordOf({
      decision: {
        outcome: 'deny',
        reason: 'DenyAssignment',
        action: dataAction('Microsoft.KeyVault/vaults/secrets/getSecret/action'),
        scope,
        denyAssignmentId: 'deny-1',
      },
      status: 403,
      description: 'denied',
    })
    const { decision, reason, action, scope: at, denyAssignmentId } = record.strongroom
    assert.deepEqual(
      [decision, reason, action, at, denyAssignmentId],
      ['deny', 'DenyAssignment', 'Microsoft.KeyVault/vaults/secrets/getSecret/action', scope.path, 'deny-1'],
    )
    assert.deepEqual([record.resultDescription, record.resultSignature], ['denied', 'Forbidden'])
  })
})

describe('the record of a refused token', () => {
  test('names the reason and the place, and nobody: the token proved nothing', () => {
    const { body } = recordRefusedToken({
      id,
      surface: 'vault',
      place: samplePlace,
      facts: sampleFacts,
      reason: 'expired',
      description: 'The access token was refused: expired.',
      status: 401,
      time,
      durationMilliseconds: 0,
    })
    const record = JSON.parse(`${body}}}`)
    assert.equal(record.properties.httpStatusCode, 401)
    assert.equal(record.identity, undefined)
    assert.deepEqual(record.strongroom, {
      id,
      tenant: samplePlace.tenant,
      surface: 'vault',
      operation: 'authenticate',
      decision: 'refused',
      reason: 'expired',
    })
  })
})
