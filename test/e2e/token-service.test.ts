import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { after, before, describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { RunningServer } from '../support/running-server.ts'

interface Application {
  readonly appId: string
  readonly displayName: string
  readonly objectId: string
  readonly password: string
  readonly tenant: string
}

interface Answer {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Record<string, unknown>
}

let server: RunningServer
let application: Application
let agent: Agent

before(async () => {
  server = await RunningServer.start()
  application = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '-n', 'ci-pipeline']))
  agent = new Agent({ keepAlive: true, ca: readFileSync(server.facts.caFile) })
})
after(async () => {
  agent?.destroy()
  await server?.remove()
})

/** One request over TLS that is verified against the server's own authority. `host` may carry a port. */
function ask(host: string, path: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port: server.facts.httpsPort,
        servername: host.split(':')[0] ?? host,
        method: body === undefined ? 'GET' : 'POST',
        path,
        headers: {
          host,
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8')
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'],
            body: JSON.parse(text),
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** What EnvironmentCredential sends with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. */
function credentials(scope: string, secret = application.password): Readonly<Record<string, string>> {
  return {
    client_id: application.appId,
    client_secret: secret,
    grant_type: 'client_credentials',
    client_info: '1',
    claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}',
    scope,
  }
}

describe('a first application', () => {
  test('is made over the control socket, and its secret is shown once', async () => {
    assert.deepEqual(Object.keys(application).sort(), ['appId', 'displayName', 'objectId', 'password', 'tenant'])
    assert.equal(application.displayName, 'ci-pipeline')
    assert.equal(application.tenant, server.facts.tenantId)
    assert.ok(application.password.length >= 32)
  })
})

for (const family of ['literal', 'own'] as const) {
  describe(`client credentials, by ${family} names`, () => {
    let login: string
    let scope: string
    before(() => {
      const port = server.facts.httpsPort
      login = family === 'literal' ? 'login.microsoftonline.com' : `login.localhost:${port}`
      scope = family === 'literal' ? 'https://vault.azure.net/.default' : `https://vault.localhost:${port}/.default`
    })

    for (const version of ['v1', 'v2'] as const) {
      test(`${version} discovery names this host's endpoints, and its keys verify a token`, async () => {
        const { tenantId } = server.facts
        const infix = version === 'v1' ? '' : '/v2.0'
        const discovery = await ask(login, `/${tenantId}${infix}/.well-known/openid-configuration`)
        assert.equal(discovery.status, 200)
        const base = `https://${login}/${tenantId}`
        const endpoints = { token: discovery.body['token_endpoint'], keys: discovery.body['jwks_uri'] }
        assert.deepEqual(
          endpoints,
          version === 'v1'
            ? { token: `${base}/oauth2/token`, keys: `${base}/discovery/keys` }
            : { token: `${base}/oauth2/v2.0/token`, keys: `${base}/discovery/v2.0/keys` },
        )
        const path = new URL(String(endpoints.token)).pathname
        const form = credentials(scope)
        const answer = await ask(
          login,
          path,
          version === 'v1' ? { ...form, resource: scope.replace('/.default', '') } : form,
        )
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        assert.equal(answer.body['token_type'], 'Bearer')
        assert.equal(Number(answer.body['expires_in']), 3599)

        const { body: keys } = await ask(login, new URL(String(endpoints.keys)).pathname)
        const set = createLocalJWKSet({ keys: keysOf(keys) })
        const { payload, protectedHeader } = await jwtVerify(String(answer.body['access_token']), set, {
          algorithms: ['RS256'],
          issuer: `https://sts.windows.net/${tenantId}/`,
          audience: scope.replace('/.default', ''),
        })
        assert.equal(protectedHeader.typ, 'JWT')
        assert.deepEqual(
          {
            oid: payload['oid'],
            sub: payload.sub,
            tid: payload['tid'],
            appid: payload['appid'],
            appidacr: payload['appidacr'],
            idtyp: payload['idtyp'],
          },
          {
            oid: application.objectId,
            sub: application.objectId,
            tid: tenantId,
            appid: application.appId,
            appidacr: '1',
            idtyp: 'app',
          },
        )
        // As Entra does: valid for an hour from now, and back-dated five minutes for clocks that lag behind.
        assert.deepEqual(
          { lifetime: Number(payload.exp) - Number(payload.iat), nbf: payload.nbf },
          { lifetime: 3900, nbf: payload.iat },
        )
        const left = Number(payload.exp) - Date.now() / 1000
        assert.ok(left > 3540 && left <= 3600, String(left))
      })
    }

    test('a wrong secret answers 401 invalid_client with AADSTS7000215', async () => {
      const path = `/${server.facts.tenantId}/oauth2/v2.0/token`
      const answer = await ask(login, path, credentials(scope, 'not-the-secret-of-this-application'))
      assert.equal(answer.status, 401)
      assert.match(String(answer.contentType), /^application\/json/)
      assert.equal(answer.body['error'], 'invalid_client')
      assert.deepEqual(answer.body['error_codes'], [7000215])
      assert.match(String(answer.body['error_description']), /^AADSTS7000215: Invalid client secret/)
      assert.ok(!JSON.stringify(answer.body).includes('not-the-secret'), 'the secret is in the answer')
    })

    test('instance discovery vouches for this host and leads back to it', async () => {
      const endpoint = encodeURIComponent(`https://${login}/${server.facts.tenantId}/oauth2/v2.0/authorize`)
      const answer = await ask(login, `/common/discovery/instance?api-version=1.1&authorization_endpoint=${endpoint}`)
      assert.equal(answer.status, 200)
      assert.equal(
        answer.body['tenant_discovery_endpoint'],
        `https://${login}/${server.facts.tenantId}/v2.0/.well-known/openid-configuration`,
      )
      assert.ok(JSON.stringify(answer.body['metadata']).includes(`"${login}"`))
    })
  })
}

describe('what an application may do', () => {
  test('nothing without a role, and what its role says on the next call', async () => {
    await server.command(['group', 'create', '-n', 'rg-ci', '-l', 'westeurope', '-o', 'none'])
    const vaultId = await server.command([
      ...['keyvault', 'create', '-n', 'kv-ci', '-g', 'rg-ci', '--query', 'id', '-o', 'tsv'],
    ])
    const answer = await ask(
      'login.microsoftonline.com',
      `/${server.facts.tenantId}/oauth2/v2.0/token`,
      credentials('https://vault.azure.net/.default'),
    )
    const token = String(answer.body['access_token'])
    const list = (): Promise<number> => statusOf('kv-ci.vault.azure.net', '/secrets?api-version=7.4', token)
    assert.equal(await list(), 403)
    await server.command([
      ...['role', 'assignment', 'create', '--role', 'Key Vault Reader', '--scope', vaultId, '-o', 'none'],
      ...['--assignee-object-id', application.objectId, '--assignee-principal-type', 'ServicePrincipal'],
    ])
    assert.equal(await list(), 200)
  })
})

function statusOf(host: string, path: string, token: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port: server.facts.httpsPort,
        servername: host,
        path,
        headers: { host, authorization: `Bearer ${token}` },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function keysOf(body: Readonly<Record<string, unknown>>): { kty: string }[] {
  const { keys } = body
  assert.ok(Array.isArray(keys) && keys.length > 0)
  return keys
}
