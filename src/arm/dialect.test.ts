import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Caller, TokenRefusal } from '#authentication/caller.ts'
import { action, type Decision } from '#authorization/decision.ts'
import { parseScope, rootScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import type { Place, Refusal, RequestFacts } from '#operation/operation.ts'
import { createDialect } from './dialect.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')
const place: Place = { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' }
const facts: RequestFacts = {
  requestId: trustGuid('44444444-4444-4444-8444-444444444444'),
  clientRequestId: 'client-1',
  clientAddress: '127.0.0.1',
  userAgent: 'test',
  tlsVersion: 'TLS1_3',
  remotePort: 1,
  localPort: 2,
  startedAtMilliseconds: 0,
}
const caller: Caller = {
  tenant,
  principal: trustGuid<PrincipalId>('55555555-5555-4555-8555-555555555555'),
  kind: 'application',
  clientId: trustGuid<ClientId>('66666666-6666-4666-8666-666666666666'),
  tokenId: 'uti',
  keyId: 'key-1',
  issuedAtSeconds: 0,
  expiresAtSeconds: 3600,
  issuer: `https://sts.windows.net/${tenant}/`,
  epoch: 0,
  auditClaimsJson: '{}',
  displayName: undefined,
}
const dialect = createDialect(() => 'https://login.microsoftonline.com')

function refuse(refusal: Refusal, path = '/subscriptions') {
  const response = dialect.refuse(refusal, {
    place,
    host: 'management.azure.com',
    origin: 'https://management.azure.com',
    path,
    facts,
  })
  return { ...response, body: JSON.parse(String(response.body)) }
}

function deny(denied: Partial<Extract<Decision, { outcome: 'deny' }>>): ServiceError {
  const decision = {
    outcome: 'deny',
    reason: 'NoAssignment',
    action: action('Microsoft.KeyVault/vaults/write'),
    scope: parseScope('/subscriptions/S/resourceGroups/RG'),
    ...denied,
  } as const
  return dialect.deny({ decision, caller, place })
}

describe('the resource manager’s dialect', () => {
  test('a missing token is answered with 401, the code and the tenant’s authorization_uri', () => {
    const token: TokenRefusal = { outcome: 'refused', reason: 'missing', signed: false }
    assert.deepEqual(refuse({ reason: 'unauthenticated', token }), {
      status: 401,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'WWW-Authenticate': `Bearer authorization_uri="https://login.microsoftonline.com/${tenant}", error="invalid_token", error_description="Authentication failed. The 'Authorization' header is missing."`,
        'x-ms-failure-cause': 'gateway',
      },
      body: {
        error: {
          code: 'AuthenticationFailed',
          message: "Authentication failed. The 'Authorization' header is missing.",
        },
      },
    })
  })

  test('each refusal of a token has its code', () => {
    const codes = (['expired', 'tenant', 'issuer', 'audience', 'signature', 'revoked'] as const).map((reason) => {
      const answer = refuse({
        reason: 'unauthenticated',
        token: { outcome: 'refused', reason, signed: true, found: 'x' },
      })
      return [reason, answer.status, answer.body.error.code]
    })
    assert.deepEqual(codes, [
      ['expired', 401, 'ExpiredAuthenticationToken'],
      ['tenant', 401, 'InvalidAuthenticationTokenTenant'],
      ['issuer', 401, 'InvalidAuthenticationTokenTenant'],
      ['audience', 401, 'InvalidAuthenticationTokenAudience'],
      ['signature', 401, 'InvalidAuthenticationToken'],
      ['revoked', 401, 'InvalidAuthenticationToken'],
    ])
  })

  test('each refusal of a request has its status and code', () => {
    const cases: readonly (readonly [Refusal, string, number, string])[] = [
      [{ reason: 'api-version', given: undefined }, '/', 400, 'MissingApiVersionParameter'],
      [{ reason: 'api-version', given: 'soon' }, '/', 400, 'InvalidApiVersionParameter'],
      [{ reason: 'malformed-path' }, '/', 400, 'InvalidRequestUri'],
      [{ reason: 'malformed-query' }, '/', 400, 'InvalidRequestUri'],
      [{ reason: 'unsupported-host' }, '/', 404, 'InvalidHost'],
      [{ reason: 'unknown-vault' }, '/', 404, 'ResourceNotFound'],
      [{ reason: 'unknown-route' }, '/x', 404, 'MissingSubscription'],
      [{ reason: 'unknown-route' }, '/subscriptions/s/providers/Microsoft.Web/sites', 404, 'InvalidResourceNamespace'],
      [{ reason: 'unknown-route' }, '/subscriptions/s/providers/microsoft.app/jobs', 404, 'InvalidResourceType'],
      [{ reason: 'method-not-allowed', allowed: ['GET', 'PUT'] }, '/', 405, 'MethodNotAllowed'],
      [{ reason: 'body-too-large', maximumBytes: 10 }, '/', 413, 'RequestEntityTooLarge'],
      [{ reason: 'not-ready' }, '/', 503, 'ServiceUnavailable'],
    ]
    for (const [refusal, path, status, code] of cases) {
      const answer = refuse(refusal, path)
      assert.deepEqual([code, answer.status, answer.body.error.code], [code, status, code])
    }
    assert.equal(refuse({ reason: 'method-not-allowed', allowed: ['GET', 'PUT'] }).headers?.['Allow'], 'GET, PUT')
    assert.equal(refuse({ reason: 'not-ready' }).headers?.['Retry-After'], '1')
  })

  test('a denial has Azure’s words, then says why', () => {
    const denial = deny({})
    assert.deepEqual([denial.kind, denial.code], ['forbidden', 'AuthorizationFailed'])
    assert.equal(
      denial.message,
      `The client '${caller.clientId}' with object id '${caller.principal}' does not have authorization to perform action 'Microsoft.KeyVault/vaults/write' over scope '/subscriptions/s/resourcegroups/rg' or the scope is invalid. If access was recently granted, please refresh your credentials. Reason: no role assignment of the client or its groups at this scope or above grants this action.`,
    )
    assert.match(deny({ reason: 'PrincipalDisabled' }).message, /Reason: the client is disabled in the directory\.$/)
    assert.match(deny({ reason: 'PrincipalUnknown' }).message, /Reason: the client does not exist in the directory\.$/)
    const blocked = deny({ reason: 'DenyAssignment', denyAssignmentId: 'd1' })
    assert.equal(blocked.code, 'DenyAssignmentAuthorizationFailed')
    assert.match(blocked.message, /because of the deny assignment with Id 'd1'\.$/)
  })

  test('an error is its code, message and target, with Retry-After where there is one', () => {
    const error = new ServiceError('throttled', 'TooManyRequests', 'Slow down.', { target: 'x', retryAfterSeconds: 3 })
    assert.deepEqual(dialect.error(error, facts), {
      status: 429,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Retry-After': '3' },
      body: '{"error":{"code":"TooManyRequests","message":"Slow down.","target":"x"}}',
    })
  })

  test('every answer carries the request’s ids', () => {
    const headers = dialect.headers(facts)
    assert.deepEqual(
      [headers['x-ms-request-id'], headers['x-ms-correlation-request-id'], headers['x-ms-client-request-id']],
      [facts.requestId, facts.requestId, 'client-1'],
    )
  })
})
