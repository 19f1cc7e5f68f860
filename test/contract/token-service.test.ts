import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { revalidateCaller } from '#authentication/principal-standing.ts'
import { createRevocations } from '#authentication/revocations.ts'
import { createTokenVerifier } from '#authentication/token-verifier.ts'
import { rootScope } from '#authorization/scope.ts'
import type { TenantId } from '#base/ids.ts'
import { hashCredential, verifyCredential } from '#crypto/password.ts'
import { addClientSecret, removeClientSecret } from '#directory/client-secret-store.ts'
import { createDirectory } from '#directory/directory.ts'
import {
  createServicePrincipal,
  type Principal,
  revokeTokens,
  setPrincipalEnabled,
} from '#directory/principal-store.ts'
import type { OperationRequest } from '#operation/operation.ts'
import type { Seal } from '#seal/seal.ts'
import { createTokenService, type TokenService } from '#token/token-service.ts'
import { createTenant, engines, type OpenEngine } from '../support/databases.ts'
import { bodyOf, type OperationRun, runOperation } from '../support/run-operation.ts'
import { createMemorySeal, TestClock, vaultAudiences } from '../support/token-fixtures.ts'
import { vaultRequest } from '../support/vault-fixtures.ts'

const day = 86_400

for (const engine of engines) {
  describe(`the token service on ${engine.name}`, { skip: engine.skip }, () => {
    const directory = createDirectory({ credentials: { hashCredential, verifyCredential } })
    let clock: TestClock
    let held: OpenEngine
    let tenant: TenantId
    let seal: Seal
    let service: TokenService
    let application: Principal
    let secret: { readonly text: string; readonly keyId: Awaited<ReturnType<typeof addClientSecret>>['keyId'] }

    beforeEach(async () => {
      clock = new TestClock()
      // Writes are stamped by PostgreSQL's own clock, so the test's must start beside it.
      clock.milliseconds = Math.floor(Date.now() / 1000) * 1000
      held = await engine.open({ clock })
      tenant = await createTenant(held.database)
      seal = createMemorySeal()
      service = newService()
      await service.initialize(tenant)
      const prepared = await directory.prepareClientSecret()
      application = await held.database.write({ tenant, moves: 'generation' }, (writer) =>
        createServicePrincipal(writer, { displayName: 'app' }),
      )
      const stored = await held.database.write({ tenant }, (writer) =>
        addClientSecret(writer, {
          clientId: clientId(),
          prepared,
          startsAt: new Date(clock.milliseconds - 1000),
          endsAt: new Date(clock.milliseconds + 30 * day * 1000),
        }),
      )
      secret = { text: prepared.text, keyId: stored.keyId }
    })

    afterEach(() => held.close())

    function clientId() {
      return application.clientId ?? assert.fail()
    }

    function newService(): TokenService {
      const tenants = { find: (name: string) => (name === tenant || name === 'home.test' ? tenant : undefined) }
      return createTokenService({ database: held.database, seal, directory, tenants, domain: 'localhost', clock })
    }

    function run(
      id: string,
      parts: Partial<Omit<OperationRequest, 'body' | 'query'>> & { form?: string; query?: Record<string, string> },
      from = service,
    ): Promise<OperationRun> {
      const operation = [...from.surface.operations, ...from.controlOperations].find((candidate) => candidate.id === id)
      if (operation === undefined) assert.fail(`There is no operation '${id}'.`)
      const { form, ...rest } = parts
      const request = vaultRequest({
        place: { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' },
        origin: 'https://login.microsoftonline.com',
        contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
        ...rest,
        path: { tenant, ...rest.path },
        ...(form === undefined ? {} : { body: Buffer.from(form) }),
      })
      return runOperation(from.surface, operation, { request, database: held.database })
    }

    function formOf(changed: Readonly<Record<string, string | undefined>> = {}): string {
      const all = {
        grant_type: 'client_credentials',
        client_id: clientId(),
        client_secret: secret.text,
        scope: 'https://vault.azure.net/.default',
        client_info: '1',
        ...changed,
      }
      return new URLSearchParams(
        Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ).toString()
    }

    function ask(changed: Readonly<Record<string, string | undefined>> = {}, from = service): Promise<OperationRun> {
      return run('issueToken', { form: formOf(changed) }, from)
    }

    async function token(changed: Readonly<Record<string, string | undefined>> = {}, from = service): Promise<string> {
      const issued = await ask(changed, from)
      assert.equal(issued.response.status, 200, String(issued.response.body))
      return String(bodyOf(issued)['access_token'])
    }

    async function refused(answer: OperationRun, expected: readonly [number, string, number]): Promise<string> {
      const body = bodyOf(answer)
      assert.deepEqual(
        [answer.response.status, body['error'], body['error_codes']],
        [expected[0], expected[1], [expected[2]]],
      )
      const text = String(body['error_description'])
      assert.ok(text.startsWith(`AADSTS${expected[2]}: `), text)
      assert.ok(!text.includes(secret.text))
      return text
    }

    async function keySet(from = service): Promise<JSONWebKeySet> {
      const published = await run('getSigningKeys', {}, from)
      const set: JSONWebKeySet = JSON.parse(String(published.response.body))
      return set
    }

    function newVerifier(from = service) {
      const verifier = createTokenVerifier({ keys: from.keys, revocations: createRevocations(held), clock })
      return (text: string) => verifier.verify(text, { tenant, audiences: vaultAudiences })
    }

    test('mints a token that an independent library verifies with the published keys', async () => {
      const issued = await ask({ claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}' })
      const body = bodyOf(issued)
      assert.deepEqual(
        { ...body, access_token: '' },
        { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: '' },
      )
      assert.deepEqual(issued.response.headers, { 'Cache-Control': 'no-store', Pragma: 'no-cache' })
      const set = await keySet()
      const verified = await jwtVerify(String(body['access_token']), createLocalJWKSet(set), {
        algorithms: ['RS256'],
        issuer: `https://sts.windows.net/${tenant}/`,
        audience: 'https://vault.azure.net',
        currentDate: clock.now(),
      })
      const seconds = clock.milliseconds / 1000
      const { aio, rh, uti, ...claims } = verified.payload
      assert.deepEqual(claims, {
        aud: 'https://vault.azure.net',
        iss: `https://sts.windows.net/${tenant}/`,
        iat: seconds - 300,
        nbf: seconds - 300,
        exp: seconds + 3600,
        appid: clientId(),
        appidacr: '1',
        idp: `https://sts.windows.net/${tenant}/`,
        idtyp: 'app',
        oid: application.id,
        sub: application.id,
        tid: tenant,
        ver: '1.0',
        xms_cc: ['CP1'],
      })
      assert.ok([aio, rh, uti].every((opaque) => typeof opaque === 'string' && opaque.length >= 20))
      assert.deepEqual(issued.view, {
        requestUri: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
        properties: {
          grantType: 'client_credentials',
          clientId: clientId(),
          principalId: application.id,
          resource: 'https://vault.azure.net',
          tokenId: uti,
          expiresAtSeconds: seconds + 3600,
        },
      })
    })

    test('publishes each key with the certificate its id is the thumbprint of', async () => {
      const [key] = (await keySet()).keys
      const certificate = new X509Certificate(Buffer.from(key?.x5c?.[0] ?? '', 'base64'))
      assert.equal(Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url'), key?.kid)
      assert.equal(certificate.publicKey.export({ format: 'jwk' }).n, key?.n)
      assert.equal(key?.x5t, key?.kid)
      assert.ok(certificate.verify(certificate.publicKey))
    })

    test('answers the v1 endpoint with numbers as strings', async () => {
      const form = formOf({ scope: undefined, resource: 'https://vault.azure.net' })
      const seconds = clock.milliseconds / 1000
      assert.deepEqual(
        { ...bodyOf(await run('issueTokenV1', { form })), access_token: '' },
        {
          token_type: 'Bearer',
          expires_in: '3599',
          ext_expires_in: '3599',
          expires_on: String(seconds + 3600),
          not_before: String(seconds - 300),
          resource: 'https://vault.azure.net',
          access_token: '',
        },
      )
    })

    test('takes id and secret from a Basic header', async () => {
      const encoded = Buffer.from(`${clientId()}:${encodeURIComponent(secret.text)}`).toString('base64')
      const header = (name: string) => (name === 'authorization' ? `Basic ${encoded}` : undefined)
      const form = formOf({ client_id: undefined, client_secret: undefined })
      assert.equal((await run('issueToken', { form, header })).response.status, 200)
      await refused(await run('issueToken', { form: formOf(), header }), [400, 'invalid_request', 9002313])
    })

    const audiences = [
      ['https://management.core.windows.net//.default', 'https://management.core.windows.net/'],
      ['https://graph.microsoft.com/.default openid offline_access profile', 'https://graph.microsoft.com'],
      ['cfa8b339-82a2-471a-a3c9-0fc0be7a4093/.default', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093'],
      ['https://vault.localhost:8443/.default', 'https://vault.localhost:8443'],
      ['https://management.localhost/.default', 'https://management.localhost'],
    ] as const
    for (const [scope, audience] of audiences) {
      test(`mints for exactly '${audience}' when asked for '${scope}'`, async () => {
        const [, payload = ''] = (await token({ scope })).split('.')
        const claims: { aud?: unknown } = JSON.parse(Buffer.from(payload, 'base64url').toString())
        assert.equal(claims.aud, audience)
      })
    }

    test('accepts the domain name in place of the GUID', async () => {
      assert.equal((await run('issueToken', { form: formOf(), path: { tenant: 'HOME.test' } })).response.status, 200)
    })

    test('refuses a request with the number and status that clients act on', async () => {
      await refused(await ask({ client_secret: 'wrong' }), [401, 'invalid_client', 7000215])
      await refused(await ask({ client_secret: undefined }), [401, 'invalid_client', 7000218])
      await refused(await ask({ client_secret: undefined, client_assertion: 'a.b.c' }), [401, 'invalid_client', 700027])
      await refused(await ask({ client_id: undefined }), [400, 'invalid_request', 900144])
      await refused(await ask({ client_id: application.id }), [400, 'unauthorized_client', 700016])
      await refused(await ask({ client_id: secret.text }), [400, 'unauthorized_client', 700016])
      await refused(await ask({ grant_type: undefined }), [400, 'invalid_request', 900144])
      await refused(await ask({ grant_type: 'password' }), [400, 'unsupported_grant_type', 70003])
      await refused(await ask({ scope: undefined }), [400, 'invalid_request', 900144])
      await refused(await ask({ scope: 'https://vault.azure.net' }), [400, 'invalid_scope', 70011])
      await refused(await ask({ scope: 'https://vault.azure.net/.default https://graph.microsoft.com/.default' }), [
        400,
        'invalid_scope',
        700022,
      ])
      await refused(await ask({ scope: 'https://vault.azure.net.attacker.test/.default' }), [
        400,
        'invalid_resource',
        500011,
      ])
      await refused(await ask({ scope: 'https://vault.localhost.attacker.test/.default' }), [
        400,
        'invalid_resource',
        500011,
      ])
      await refused(await ask({ resource: 'https://vault.azure.net' }), [400, 'invalid_request', 901002])
      await refused(await ask({ claims: '{' }), [400, 'invalid_request', 9002313])
      await refused(await run('issueToken', { form: `${formOf()}&scope=x` }), [400, 'invalid_request', 9002313])
      await refused(await run('issueToken', { form: formOf(), contentType: 'application/json' }), [
        400,
        'invalid_request',
        9002313,
      ])
      await refused(await run('issueToken', { form: formOf(), path: { tenant: application.id } }), [
        400,
        'invalid_request',
        90002,
      ])
      await refused(await run('issueToken', { form: formOf(), path: { tenant: 'common' } }), [
        400,
        'invalid_request',
        9001023,
      ])
      await refused(await run('issueToken', { form: formOf(), path: { tenant: 'organizations' } }), [
        400,
        'unauthorized_client',
        50194,
      ])
    })

    test('has strangers counted, and a known application recorded, whatever it is refused for', async () => {
      const counted = async (changed: Readonly<Record<string, string | undefined>>) => (await ask(changed)).counted
      assert.equal(await counted({ client_id: application.id }), 'unknown-client')
      assert.equal(await counted({ client_id: undefined }), 'malformed-request')
      assert.equal(await counted({ client_secret: undefined }), 'unproven-caller')
      assert.equal(await counted({ client_secret: undefined, client_assertion: 'a.b.c' }), 'unproven-caller')
      assert.equal(await counted({ grant_type: 'password' }), 'malformed-request')
      assert.equal(await counted({ scope: undefined }), 'malformed-request')
      const elsewhere = await run('issueToken', { form: formOf(), path: { tenant: application.id } })
      assert.equal(elsewhere.counted, 'malformed-request')
      assert.equal(await counted({}), undefined)
      assert.equal(await counted({ scope: 'https://elsewhere.test/.default' }), undefined)
      for (let guess = 0; guess < 20; guess++)
        assert.equal(await counted({ client_secret: `guess ${guess}` }), undefined)
      assert.equal(await counted({}), 'too-many-attempts')
      clock.advance(30 * day)
      assert.equal(await counted({}), undefined)
    })

    test('shows no trace of a refused secret in what is recorded', async () => {
      const { view } = await ask({ client_secret: 'wrong' })
      assert.deepEqual(view, {
        requestUri: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
        properties: { grantType: 'client_credentials', clientId: clientId() },
      })
    })

    test('refuses a secret that has expired or was removed', async () => {
      clock.advance(30 * day)
      await refused(await ask(), [401, 'invalid_client', 7000222])
      await held.database.write({ tenant }, (writer) => removeClientSecret(writer, clientId(), secret.keyId))
      await refused(await ask(), [401, 'invalid_client', 7000215])
    })

    test('holds back who guesses, at that address only, for a minute', async () => {
      for (let guess = 0; guess < 20; guess++) await ask({ client_secret: `guess ${guess}` })
      const answer = await ask()
      await refused(answer, [429, 'temporarily_unavailable', 90055])
      assert.equal(answer.response.headers?.['Retry-After'], '60')
      clock.advance(60)
      assert.equal((await ask()).response.status, 200)
    })

    test('holds back a burst of guesses as it does one after the other', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, guess) => ask({ client_secret: `guess ${guess}` })),
      )
      const statuses = answers.map(({ response }) => response.status)
      assert.equal(statuses.filter((status) => status === 401).length, 20)
      assert.equal(statuses.filter((status) => status === 429).length, 10)
    })

    test('lets a burst of an application that knows its secret through', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask()))
      assert.ok(answers.every(({ response }) => response.status === 200))
    })

    test('gives a disabled application no token, and its old ones are worth nothing', async () => {
      const verify = newVerifier()
      const old = await token()
      assert.equal((await verify(old)).outcome, 'authenticated')
      await held.database.write({ tenant, moves: 'both' }, (writer) =>
        setPrincipalEnabled(writer, application.id, false),
      )
      await refused(await ask(), [401, 'unauthorized_client', 7000112])
      assert.deepEqual(await verify(old), { outcome: 'refused', reason: 'principal', signed: true })
    })

    test('mints a good token in the very second in which older ones were revoked', async () => {
      const verify = newVerifier()
      const old = await token()
      clock.milliseconds += 400
      await held.database.write({ tenant, moves: 'epoch' }, (writer) => revokeTokens(writer, application.id))
      clock.milliseconds += 100
      assert.equal((await verify(await token())).outcome, 'authenticated')
      assert.deepEqual(await verify(old), { outcome: 'refused', reason: 'revoked', signed: true })
    })

    test('rotates with overlap: published first, signing a day later, the old key kept until its last token is over', async () => {
      const verify = newVerifier()
      const [first] = (await keySet()).keys
      assert.equal((await run('rotateSigningKeys', {})).response.status, 200)
      assert.equal((await run('rotateSigningKeys', {})).response.status, 409)
      clock.advance(61)
      const both = (await keySet()).keys.map(({ kid }) => kid)
      assert.equal(both.length, 2)
      assert.equal(decodeProtectedHeader(await token()).kid, first?.kid)
      clock.advance(day - 62)
      const last = await token()
      assert.equal(decodeProtectedHeader(last).kid, first?.kid)
      clock.advance(1)
      const next = await token()
      assert.notEqual(decodeProtectedHeader(next).kid, first?.kid)
      assert.equal((await verify(last)).outcome, 'authenticated')
      assert.equal((await verify(next)).outcome, 'authenticated')
      clock.advance(3600 + 600)
      assert.deepEqual(
        (await keySet()).keys.map(({ kid }) => kid),
        [decodeProtectedHeader(next).kid],
      )
    })

    test('another server process verifies what this one signed with a key made after it looked', async () => {
      const other = newService()
      const verify = newVerifier(other)
      assert.equal((await verify(await token())).outcome, 'authenticated')
      await run('rotateSigningKeys', {})
      clock.advance(day)
      assert.equal((await verify(await token())).outcome, 'authenticated')
    })

    test('withdraws every key at once in an emergency, on every server process', async () => {
      const other = newService()
      const verify = newVerifier(other)
      const stolen = await token()
      assert.equal((await verify(stolen)).outcome, 'authenticated')
      assert.equal((await run('revokeSigningKeys', {})).response.status, 200)
      assert.deepEqual(await verify(stolen), { outcome: 'refused', reason: 'key', signed: false })
      assert.equal((await verify(await token())).outcome, 'authenticated')
      assert.equal((await keySet(other)).keys.length, 1)
    })

    test('a caller whose key is withdrawn while its call is under way is refused', async () => {
      const authentication = await newVerifier()(await token())
      if (authentication.outcome !== 'authenticated') assert.fail('The token is not good.')
      const revalidate = () =>
        held.database.read({ tenant }, (reader) => revalidateCaller(authentication.caller, reader, service.keys))
      assert.equal(await revalidate(), undefined)
      await run('rotateSigningKeys', {})
      assert.equal(await revalidate(), undefined)
      await run('revokeSigningKeys', {})
      assert.deepEqual(await revalidate(), { outcome: 'refused', reason: 'revoked', signed: true })
    })

    test('makes no second key when it starts again', async () => {
      const again = newService()
      await again.initialize(tenant)
      assert.equal((await keySet(again)).keys.length, 1)
    })

    test('opens no signing key whose row was altered or moved', async () => {
      await held.database.write({ tenant }, (writer) =>
        writer.kysely.updateTable('signing_key').set({ kid: 'moved' }).where('tenant_id', '=', tenant).execute(),
      )
      await assert.rejects(newService().initialize(tenant), { kind: 'internal', code: 'SealBroken' })
    })
  })
}
