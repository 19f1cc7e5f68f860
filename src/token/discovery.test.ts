import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rootScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { Operation } from '#operation/operation.ts'
import { TestClock, tokenTenant } from '../../test/support/token-fixtures.ts'
import { sampleFacts, vaultRequest } from '../../test/support/vault-fixtures.ts'
import { createTokenDialect } from './dialect.ts'
import { createGetInstanceDiscovery } from './get-instance-discovery.ts'
import { createGetOpenIdConfiguration } from './get-openid-configuration.ts'
import { createGetUserRealm } from './get-user-realm.ts'

const names = { find: (name: string) => (name === tokenTenant || name === 'home.test' ? tokenTenant : undefined) }
const dialect = createTokenDialect(new TestClock())

/** The status and JSON of an operation that reads nothing. */
async function ask(
  operation: Operation,
  parts: { readonly origin?: string; readonly path?: Record<string, string>; readonly query?: Record<string, string> },
): Promise<readonly [number, Readonly<Record<string, unknown>>]> {
  const place = {
    kind: 'tenant',
    tenant: tokenTenant,
    id: tokenTenant,
    scope: rootScope,
    name: '',
    location: '',
  } as const
  const request = vaultRequest({ origin: 'https://login.microsoftonline.com', place, ...parts })
  const answer = async () => {
    if (operation.access !== 'read') assert.fail('A public operation must not write.')
    const input = operation.parse(request)
    const closed = new Proxy(Object.create(null), { get: () => assert.fail('A public operation reads nothing.') })
    const context = {
      tenant: tokenTenant,
      caller: undefined,
      place,
      request,
      decision: undefined,
      permits: () => false,
    }
    return operation.respond(await operation.handle({ ...context, transaction: closed }, input, undefined), request)
  }
  const response = await answer().catch((failure: unknown) =>
    failure instanceof ServiceError ? dialect.error(failure, sampleFacts) : assert.fail(String(failure)),
  )
  const body: Readonly<Record<string, unknown>> = JSON.parse(String(response.body))
  return [response.status, body]
}

describe('OpenID configuration', () => {
  const v2 = createGetOpenIdConfiguration('v2', names)

  test('of v2 is on the host that was asked', async () => {
    const [status, body] = await ask(v2, { origin: 'https://login.localhost:8443', path: { tenant: tokenTenant } })
    const base = `https://login.localhost:8443/${tokenTenant}`
    assert.equal(status, 200)
    assert.deepEqual(
      [body['issuer'], body['token_endpoint'], body['authorization_endpoint'], body['jwks_uri']],
      [`${base}/v2.0`, `${base}/oauth2/v2.0/token`, `${base}/oauth2/v2.0/authorize`, `${base}/discovery/v2.0/keys`],
    )
  })

  test('asked for by domain name speaks of the tenant by its GUID', async () => {
    const [, body] = await ask(v2, { path: { tenant: 'Home.Test' } })
    assert.equal(body['token_endpoint'], `https://login.microsoftonline.com/${tokenTenant}/oauth2/v2.0/token`)
  })

  test('of v1 names the issuer of v1', async () => {
    const [, body] = await ask(createGetOpenIdConfiguration('v1', names), { path: { tenant: tokenTenant } })
    assert.equal(body['issuer'], `https://sts.windows.net/${tokenTenant}/`)
    assert.equal(body['token_endpoint'], `https://login.microsoftonline.com/${tokenTenant}/oauth2/token`)
  })

  for (const alias of ['common', 'organizations']) {
    test(`of ${alias} holds the issuer's template`, async () => {
      const [, body] = await ask(v2, { path: { tenant: alias } })
      assert.equal(body['issuer'], 'https://login.microsoftonline.com/{tenantid}/v2.0')
      assert.equal(body['token_endpoint'], `https://login.microsoftonline.com/${alias}/oauth2/v2.0/token`)
    })
  }

  test('of a tenant that is not here is refused', async () => {
    assert.deepEqual(await ask(v2, { path: { tenant: 'consumers' } }), [
      400,
      {
        error: 'invalid_tenant',
        error_description: `AADSTS90002: Tenant not found. Trace ID: ${sampleFacts.requestId} Correlation ID: ${sampleFacts.requestId} Timestamp: 2026-11-01 12:00:00Z`,
        error_codes: [90002],
        timestamp: '2026-11-01 12:00:00Z',
        trace_id: sampleFacts.requestId,
        correlation_id: sampleFacts.requestId,
        error_uri: 'https://login.microsoftonline.com/error?code=90002',
      },
    ])
  })
})

describe('instance discovery', () => {
  const operation = createGetInstanceDiscovery('login.localhost')

  function discover(endpoint: string, apiVersion = '1.1') {
    return ask(operation, { query: { authorization_endpoint: endpoint, 'api-version': apiVersion } })
  }

  test("knows Azure's hosts", async () => {
    assert.deepEqual(await discover('https://login.microsoftonline.com/common/oauth2/authorize', '1.0'), [
      200,
      {
        tenant_discovery_endpoint: 'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
        'api-version': '1.0',
        metadata: [
          {
            preferred_network: 'login.microsoftonline.com',
            preferred_cache: 'login.windows.net',
            aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
          },
        ],
      },
    ])
  })

  test('knows our own host, with its port', async () => {
    const [status, body] = await discover(`https://login.localhost:8443/${tokenTenant}/oauth2/v2.0/authorize`)
    assert.equal(status, 200)
    assert.equal(
      body['tenant_discovery_endpoint'],
      `https://login.localhost:8443/${tokenTenant}/v2.0/.well-known/openid-configuration`,
    )
  })

  for (const endpoint of [
    'https://login.attacker.test/common/oauth2/authorize',
    'https://login.localhost.attacker.test/common',
    'https://login.localhost@attacker.test/common',
    'https://user:word@login.localhost/common',
    'http://login.localhost/common',
    'https://login.localhost/',
    'https://login.localhost/%22x',
    'login.localhost/common',
  ]) {
    test(`does not vouch for '${endpoint}'`, async () => {
      const [status, body] = await discover(endpoint)
      assert.deepEqual([status, body['error'], body['error_codes']], [400, 'invalid_instance', [50049]])
    })
  }
})

describe('the user realm', () => {
  test('is the same for everybody', async () => {
    const [status, body] = await ask(createGetUserRealm(), { path: { userPrincipalName: 'nobody@Home.Test' } })
    assert.equal(status, 200)
    assert.deepEqual(body, {
      ver: '1.0',
      account_type: 'Managed',
      domain_name: 'home.test',
      cloud_instance_name: 'microsoftonline.com',
      cloud_audience_urn: 'urn:federation:MicrosoftOnline',
    })
  })

  test('of what is no user name is refused', async () => {
    for (const userPrincipalName of ['nobody', '@home.test', 'a@b@c', 'a@']) {
      assert.equal((await ask(createGetUserRealm(), { path: { userPrincipalName } }))[0], 400)
    }
  })
})

describe('refusals of the token service', () => {
  const seen = {
    place: vaultRequest().place,
    host: 'login.microsoftonline.com',
    origin: 'https://login.microsoftonline.com',
    path: '/x',
    facts: sampleFacts,
  }

  test('name the right verb with status 400', () => {
    const response = dialect.refuse({ reason: 'method-not-allowed', allowed: ['POST'] }, seen)
    assert.equal(response.status, 400)
    assert.equal(response.headers?.['Allow'], 'POST')
    assert.match(String(response.body), /AADSTS900561: /)
  })

  test('say that a service that cannot record is unavailable', () => {
    const failure = new ServiceError('unavailable', 'AuditUnavailable', 'Not now.', { retryAfterSeconds: 1 })
    const response = dialect.error(failure, sampleFacts)
    assert.deepEqual([response.status, response.headers?.['Retry-After']], [503, '1'])
    assert.match(String(response.body), /"error":"temporarily_unavailable","error_description":"AADSTS90033: Not now\./)
  })

  test('echo a correlation id only if it is a GUID', () => {
    const failure = new ServiceError('malformed', 'invalid_request', 'No.')
    const id = '77777777-7777-4777-8777-777777777777'
    const answer = (clientRequestId: string) => String(dialect.error(failure, { ...sampleFacts, clientRequestId }).body)
    assert.ok(answer(id.toUpperCase()).includes(`"correlation_id":"${id}"`))
    assert.ok(!answer('interaction_required').includes('interaction_required'))
  })
})
