import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign, type webcrypto } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { appToken, operatorToken, RawClient } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'
import { type StolenKey, stealSigningKey } from '../support/stolen-signing-key.ts'
import { encodePart, signToken } from '../support/token-fixtures.ts'

const canary = 'canary-tokens-9b1f'
const otherTenant = '99999999-9999-4999-8999-999999999999'

interface Bad {
  readonly name: string
  /** The whole header; undefined sends none. */
  readonly authorization: () => string | undefined
  readonly message: () => string
}

describe('tokens that are refused with the challenge, before the body is read', () => {
  let server: RunningServer
  let made: Furnished
  let client: RawClient
  let good: string
  let managementToken: string
  let published: webcrypto.JsonWebKey & { readonly kid: string }
  let stolen: StolenKey
  let tenant: string
  const host = 'kv-tokens.vault.azure.net'
  const path = '/secrets/held?api-version=7.4'

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-tokens', app: 'tokens-app' })
    await server.command(
      ['keyvault', 'secret', 'set', '--vault-name', made.vault, '-n', 'held', '--file', '/dev/stdin', '-o', 'none'],
      canary,
    )
    await assignRole(server, made.principalId, 'Key Vault Secrets Officer', made.vaultId)
    tenant = server.facts.tenantId
    await server.end()
    stolen = await stealSigningKey(server.data, tenant)
    await server.start()
    good = await appToken(server, made.app)
    managementToken = await operatorToken(server, 'https://management.azure.com')
    client = new RawClient(server.facts.httpsPort)
    const keys = await client.send({ path: `/${tenant}/discovery/v2.0/keys`, host: 'login.microsoftonline.com' })
    published = JSON.parse(keys.text).keys[0]
  })
  after(async () => {
    client?.close()
    await server?.remove()
  })

  const claims = (changed: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
    ...JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString('utf8')),
    ...changed,
  })
  const forge = (changed: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string =>
    signToken(stolen.pair, claims(changed), { kid: stolen.keyId, x5t: stolen.keyId, ...header })
  const seconds = (): number => Math.floor(Date.now() / 1000)

  const malformed = '[BearerReadAccessTokenFailed] Error validating token: it cannot be read as a JSON Web Token.'
  const algorithm = '[TokenInvalid] Error validating token: its signature algorithm is not accepted.'
  const signature = '[TokenInvalid] Error validating token: its signature is not valid.'
  const issuer = (found: string): string =>
    `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenant}/, https://login.microsoftonline.com/${tenant}/v2.0, found ${found}.`
  const audience = (found: string): string =>
    `AKV10022: Invalid audience. Expected https://vault.azure.net or cfa8b339-82a2-471a-a3c9-0fc0be7a4093, found: ${found}.`

  const refused: readonly Bad[] = [
    {
      name: 'no token',
      authorization: () => undefined,
      message: () => 'AKV10000: Request is missing a Bearer or PoP token.',
    },
    {
      name: 'another scheme',
      authorization: () => `Basic ${Buffer.from('a:b').toString('base64')}`,
      message: () => 'AKV10000: Request is missing a Bearer or PoP token.',
    },
    { name: 'garbage', authorization: () => 'Bearer garbage', message: () => malformed },
    { name: 'three parts of garbage', authorization: () => 'Bearer aaa.bbb.ccc', message: () => malformed },
    {
      name: 'alg none without a signature',
      authorization: () =>
        `Bearer ${encodePart({ typ: 'JWT', alg: 'none', kid: published.kid })}.${encodePart(claims())}.`,
      message: () => malformed,
    },
    {
      name: 'alg none with the signature of a good token',
      authorization: () =>
        `Bearer ${encodePart({ typ: 'JWT', alg: 'none', kid: published.kid })}.${encodePart(claims())}.${good.split('.')[2]}`,
      message: () => algorithm,
    },
    {
      name: 'HS256 signed with the public key as secret',
      authorization() {
        const pem = createPublicKey({ key: published, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
        const signed = `${encodePart({ typ: 'JWT', alg: 'HS256', kid: published.kid })}.${encodePart(claims())}`
        return `Bearer ${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
      },
      message: () => algorithm,
    },
    {
      name: 'a key of its own under our kid',
      authorization() {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        const signed = `${encodePart({ typ: 'JWT', alg: 'RS256', kid: published.kid })}.${encodePart(claims())}`
        return `Bearer ${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
      },
      message: () => signature,
    },
    {
      name: 'a key of its own brought along in the header',
      authorization() {
        const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        const jwk = publicKey.export({ format: 'jwk' })
        const signed = `${encodePart({ typ: 'JWT', alg: 'RS256', kid: 'mine', jwk })}.${encodePart(claims())}`
        return `Bearer ${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
      },
      message: () => 'AKV10046: Unable to resolve the key used for signature validation.',
    },
    {
      name: 'a good token with another payload',
      authorization() {
        const [header, , itsSignature] = good.split('.')
        return `Bearer ${header}.${encodePart(claims({ oid: randomUUID() }))}.${itsSignature}`
      },
      message: () => signature,
    },
    {
      name: 'a foreign issuer under our signature',
      authorization: () => `Bearer ${forge({ iss: `https://sts.windows.net/${otherTenant}/` })}`,
      message: () => issuer(`https://sts.windows.net/${otherTenant}/`),
    },
    {
      name: 'another tenant under our signature',
      authorization: () => `Bearer ${forge({ tid: otherTenant })}`,
      message: () => issuer(''),
    },
    {
      name: 'the audience of the resource manager',
      authorization: () => `Bearer ${managementToken}`,
      message: () => audience('https://management.azure.com'),
    },
    {
      name: 'the audience of another host family',
      authorization: () => `Bearer ${forge({ aud: 'https://vault.example.com' })}`,
      message: () => audience('https://vault.example.com'),
    },
    {
      name: 'an expired token',
      authorization: () => `Bearer ${forge({ exp: seconds() - 1 })}`,
      message: () => '[TokenExpired] Error validating token: it has expired.',
    },
    {
      name: 'a token that is not yet valid',
      authorization: () => `Bearer ${forge({ nbf: seconds() + 60 })}`,
      message: () => '[TokenNotYetValid] Error validating token: it is not valid yet.',
    },
    {
      name: 'a principal that does not exist',
      authorization: () => `Bearer ${forge({ oid: randomUUID() })}`,
      message: () => '[TokenInvalid] Error validating token: its principal does not exist or is disabled.',
    },
    {
      name: 'a good token under another typ',
      authorization: () => `Bearer ${forge({}, { typ: 'at+jwt' })}`,
      message: () => malformed,
    },
  ]

  test('the good token, and one forged like the bad ones but true in every claim, are let in', async () => {
    for (const token of [good, forge({})]) {
      const answer = await client.send({ path, host, token })
      assert.equal(answer.status, 200, answer.text)
      assert.equal(JSON.parse(answer.text).value, canary)
    }
  })

  for (const { name, authorization, message } of refused) {
    test(`${name} is refused`, async () => {
      const header = authorization()
      const headers = header === undefined ? {} : { authorization: header }
      const requests = [
        { method: 'GET', path, host, headers },
        { method: 'PUT', path, host, headers, body: `{"value":"${canary}` },
        { method: 'PUT', path, host, headers: { ...headers, 'content-length': '0' } },
        { method: 'PUT', path, host, headers, body: '['.repeat(10_000) },
        { method: 'GET', path: '/no/such/path', host, headers },
      ]
      for (const request of requests) {
        const answer = await client.send(request)
        assert.equal(answer.status, 401, answer.text)
        assert.equal(
          answer.headers['www-authenticate'],
          `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"`,
        )
        assert.deepEqual(JSON.parse(answer.text), { error: { code: 'Unauthorized', message: message() } })
      }
    })
  }

  test('an unknown vault is challenged like a known one, and named missing only to whom signs in', async () => {
    const nowhere = 'kv-nowhere.vault.azure.net'
    const stranger = await client.send({ path, host: nowhere })
    assert.equal(stranger.status, 401)
    assert.equal(
      stranger.headers['www-authenticate'],
      `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"`,
    )
    const known = await client.send({ path, host: nowhere, token: good })
    assert.equal(known.status, 404)
    assert.equal(JSON.parse(known.text).error.code, 'VaultNotFound')
  })

  test('an own name is challenged with its own family, port kept', async () => {
    const port = server.facts.httpsPort
    const answer = await client.send({ path, host: `kv-tokens.vault.localhost:${port}` })
    assert.equal(answer.status, 401)
    assert.equal(
      answer.headers['www-authenticate'],
      `Bearer authorization="https://login.localhost:${port}/${tenant}", resource="https://vault.localhost:${port}"`,
    )
  })

  test('the resource manager refuses a token for vaults, and none', async () => {
    const request = { path: '/subscriptions?api-version=2022-12-01', host: 'management.azure.com' }
    const wrong = await client.send({ ...request, token: good })
    assert.equal(wrong.status, 401)
    assert.deepEqual(JSON.parse(wrong.text), {
      error: {
        code: 'InvalidAuthenticationTokenAudience',
        message:
          "The access token has been obtained for the wrong audience. It must be for 'https://management.azure.com/'.",
      },
    })
    const none = await client.send(request)
    assert.equal(none.status, 401)
    assert.equal(JSON.parse(none.text).error.code, 'AuthenticationFailed')
    assert.match(
      String(none.headers['www-authenticate']),
      new RegExp(`^Bearer authorization_uri="https://login\\.microsoftonline\\.com/${tenant}"`),
    )
  })

  test('a bad token is refused also on a connection that a good one has just used', async () => {
    const single = new RawClient(server.facts.httpsPort, { connections: 1 })
    try {
      assert.equal((await single.send({ path, host, token: good })).status, 200)
      assert.equal((await single.send({ path, host, token: forge({ exp: seconds() - 1 }) })).status, 401)
      assert.equal((await single.send({ path, host })).status, 401)
      assert.equal((await single.send({ path, host, token: good })).status, 200)
    } finally {
      single.close()
    }
  })

  test('neither tokens nor values are in the log', () => {
    for (const secret of [canary, good, managementToken]) assert.ok(!server.log.includes(secret))
    assert.ok(!server.log.includes(good.split('.')[2] ?? ''))
  })
})
