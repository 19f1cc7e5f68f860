import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dataAction } from '#authorization/decision.ts'
import { childScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { Refusal } from '#operation/operation.ts'
import { sampleCaller, sampleFacts, samplePlace } from '../../test/support/vault-fixtures.ts'
import { challengeFor, loginHostOf, resourceOf, vaultDialect } from './dialect.ts'

const tenant = samplePlace.tenant

function refuse(refusal: Refusal, host = 'kv1.vault.azure.net') {
  const answer = vaultDialect.refuse(refusal, {
    place: samplePlace,
    host,
    origin: `https://${host}`,
    path: '/secrets/a',
    facts: sampleFacts,
  })
  return { status: answer.status, headers: answer.headers ?? {}, body: JSON.parse(String(answer.body)) as unknown }
}

describe('the challenge', () => {
  const cases = [
    ['kv1.vault.azure.net', 'login.microsoftonline.com', 'https://vault.azure.net'],
    ['kv1.vault.localhost:8443', 'login.localhost:8443', 'https://vault.localhost:8443'],
    ['KV1.Vault.Example.Test:18443', 'login.example.test:18443', 'https://Vault.Example.Test:18443'],
    ['kv1.vault.example.test', 'login.example.test', 'https://vault.example.test'],
    ['KV1.VAULT.AZURE.NET', 'login.microsoftonline.com', 'https://VAULT.AZURE.NET'],
  ] as const
  for (const [host, login, resource] of cases) {
    test(`for ${host} names its login host and its parent domain as received`, () => {
      assert.equal(loginHostOf(host), login)
      assert.equal(resourceOf(host), resource)
      assert.equal(
        challengeFor({ place: samplePlace, host }),
        `Bearer authorization="https://${login}/${tenant}", resource="${resource}"`,
      )
    })
  }

  test('of a request without a token is the one real answers have', () => {
    const refused = { outcome: 'refused', reason: 'missing', signed: false } as const
    assert.deepEqual(refuse({ reason: 'unauthenticated', token: refused }), {
      status: 401,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"`,
      },
      body: { error: { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' } },
    })
  })

  test('says which audience was expected and which was found', () => {
    const refused = { outcome: 'refused', reason: 'audience', signed: true, found: 'https://vault.azure.net/' } as const
    assert.deepEqual(refuse({ reason: 'unauthenticated', token: refused }).body, {
      error: {
        code: 'Unauthorized',
        message:
          'AKV10022: Invalid audience. Expected https://vault.azure.net or cfa8b339-82a2-471a-a3c9-0fc0be7a4093, found: https://vault.azure.net/.',
      },
    })
  })

  test('says which issuers were expected and which was found', () => {
    const refused = { outcome: 'refused', reason: 'issuer', signed: true, found: 'https://evil.test/' } as const
    assert.deepEqual(refuse({ reason: 'unauthenticated', token: refused }).body, {
      error: {
        code: 'Unauthorized',
        message: `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenant}/, https://login.microsoftonline.com/${tenant}/v2.0, found https://evil.test/.`,
      },
    })
  })

  test('stands beside every refused token, with a text of its own for each reason', () => {
    const reasons = ['malformed', 'algorithm', 'key', 'signature', 'expired', 'not-yet-valid', 'revoked', 'principal']
    const texts = reasons.map((reason) => {
      const token = { outcome: 'refused', reason, signed: false } as Extract<Refusal, { token: unknown }>['token']
      const answer = refuse({ reason: 'unauthenticated', token })
      assert.equal(answer.status, 401)
      assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer authorization="/)
      return JSON.stringify(answer.body)
    })
    assert.equal(new Set(texts).size, reasons.length)
  })
})

describe('answers before any operation', () => {
  const cases: readonly (readonly [Refusal, number, string])[] = [
    [{ reason: 'malformed-path' }, 400, 'BadParameter'],
    [{ reason: 'malformed-query' }, 400, 'BadParameter'],
    [{ reason: 'api-version', given: undefined }, 400, 'BadParameter'],
    [{ reason: 'api-version', given: 'x' }, 400, 'BadParameter'],
    [{ reason: 'unsupported-host' }, 404, 'NotFound'],
    [{ reason: 'unknown-route' }, 404, 'NotFound'],
    [{ reason: 'unknown-vault' }, 404, 'VaultNotFound'],
    [{ reason: 'method-not-allowed', allowed: ['GET', 'PUT'] }, 405, 'MethodNotAllowed'],
    [{ reason: 'body-too-large', maximumBytes: 1 }, 413, 'RequestEntityTooLarge'],
    [{ reason: 'not-ready' }, 503, 'ServiceUnavailable'],
  ]
  for (const [refusal, status, code] of cases) {
    test(`${refusal.reason} answers ${status} ${code}`, () => {
      const answer = refuse(refusal)
      assert.equal(answer.status, status)
      assert.equal((answer.body as { error: { code: string } }).error.code, code)
      assert.equal('www-authenticate' in answer.headers, false)
    })
  }

  test('a refused method names the allowed ones', () => {
    assert.equal(refuse({ reason: 'method-not-allowed', allowed: ['GET', 'PUT'] }).headers['allow'], 'GET, PUT')
  })
})

describe('a denial', () => {
  const action = dataAction('Microsoft.KeyVault/vaults/secrets/getSecret/action')
  const scope = childScope(samplePlace.scope, 'secrets', 'Demo-Secret')
  const deny = (decision: { reason: 'NoAssignment' | 'DenyAssignment'; denyAssignmentId?: string }) =>
    vaultDialect.deny({
      decision: { outcome: 'deny', action, scope, ...decision },
      caller: sampleCaller,
      place: samplePlace,
    })

  test("without a role is Azure's text, byte for byte", () => {
    const error = deny({ reason: 'NoAssignment' })
    const answer = vaultDialect.error(error, sampleFacts)
    const message = `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=${sampleCaller.clientId};oid=${sampleCaller.principal};iss=https://sts.windows.net/${tenant}/\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg-one/providers/microsoft.keyvault/vaults/kv1/secrets/demo-secret'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\nVault: kv1;location=westeurope\r\n`
    assert.equal(answer.status, 403)
    assert.equal(
      answer.body,
      JSON.stringify({ error: { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } } }),
    )
  })

  test('by a deny assignment names it', () => {
    const error = deny({ reason: 'DenyAssignment', denyAssignmentId: 'd1' })
    assert.equal(error.innerCode, 'ForbiddenByRbac')
    assert.match(error.message, /\r\nDenyAssignmentId: 'd1'\r\nDecisionReason: 'DenyAssignment' \r\n/)
  })
})

describe('an error', () => {
  test('that may be tried again says when', () => {
    const answer = vaultDialect.error(
      new ServiceError('throttled', 'Throttled', 'Slow down.', { retryAfterSeconds: 1.2 }),
      sampleFacts,
    )
    assert.equal(answer.status, 429)
    assert.equal(answer.headers?.['retry-after'], '2')
    assert.equal(answer.body, '{"error":{"code":"Throttled","message":"Slow down."}}')
  })

  test('of storage answers 503', () => {
    const answer = vaultDialect.error(new ServiceError('unavailable', 'AuditUnavailable', 'No.'), sampleFacts)
    assert.equal(answer.status, 503)
    assert.equal(answer.headers?.['retry-after'], '1')
  })
})

describe('headers of every answer', () => {
  test('carry both request ids and forbid caching', () => {
    assert.deepEqual(vaultDialect.headers(sampleFacts), {
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-ms-request-id': sampleFacts.requestId,
      'x-ms-client-request-id': 'client-1',
    })
  })

  test('do not echo what could break a header', () => {
    for (const clientRequestId of ['a\r\nx: y', '\u00e4', '', 'x'.repeat(129), undefined]) {
      assert.equal('x-ms-client-request-id' in vaultDialect.headers({ ...sampleFacts, clientRequestId }), false)
    }
  })
})
