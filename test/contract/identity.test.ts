import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createRevocations } from '#authentication/revocations.ts'
import { createTokenVerifier } from '#authentication/token-verifier.ts'
import type { WorkloadCredentials, WorkloadSession, WorkloadSessions } from '#authentication/workload-session.ts'
import { createWorkloadSessions } from '#authentication/workload-sessions.ts'
import { rootScope } from '#authorization/scope.ts'
import { type ClientId, type Guid, type TenantId, trustGuid } from '#base/ids.ts'
import { hashCredential, verifyCredential } from '#crypto/password.ts'
import { createDirectory } from '#directory/directory.ts'
import {
  createManagedIdentity,
  createUser,
  deletePrincipal,
  type Principal,
  setPrincipalEnabled,
} from '#directory/principal-store.ts'
import { createIdentity, type Identity, identityEndpointPath } from '#identity/identity.ts'
import type { AttachedIdentities } from '#identity/workload-identities.ts'
import type { Surface } from '#operation/operation.ts'
import { createTokenService } from '#token/token-service.ts'
import { createTenant, engines, type OpenEngine } from '../support/databases.ts'
import { bodyOf, type OperationRun, runOperation } from '../support/run-operation.ts'
import { createMemorySeal, TestClock, vaultAudiences } from '../support/token-fixtures.ts'
import { sampleFacts, vaultRequest } from '../support/vault-fixtures.ts'

const appId =
  '/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg/providers/Microsoft.App/containerApps/app'
const identityId =
  '/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1'
const appGuid = trustGuid('55555555-5555-4555-8555-555555555555')
const azClient = trustGuid<ClientId>('04b07795-8ddb-461a-bbee-02f9e1bf7b46')
const vaultQuery = { 'api-version': '2019-08-01', resource: 'https://vault.azure.net' }
const imdsQuery = { 'api-version': '2018-02-01', resource: 'https://vault.azure.net' }

interface Running {
  readonly session: WorkloadSession
  readonly credentials: WorkloadCredentials
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly origin?: string
  readonly path?: Readonly<Record<string, string>>
  readonly session?: WorkloadSession
  readonly form?: string
}

for (const engine of engines) {
  describe(`managed identity on ${engine.name}`, { skip: engine.skip }, () => {
    let clock: TestClock
    let held: OpenEngine
    let tenant: TenantId
    let sessions: WorkloadSessions
    let identity: Identity
    let verify: (token: unknown) => Promise<string>
    let principal: Principal
    let app: Running
    let shell: Running
    /** Who the operating system says is at the other end. */
    let peerUser: number | undefined
    /** The identities of the app with the id `appGuid`. */
    let attached: AttachedIdentities | undefined

    beforeEach(async () => {
      clock = new TestClock()
      clock.milliseconds = Math.floor(Date.now() / 1000) * 1000
      peerUser = 1000
      held = await engine.open({ clock })
      tenant = await createTenant(held.database)
      const directory = createDirectory({ credentials: { hashCredential, verifyCredential } })
      const tokens = createTokenService({
        database: held.database,
        seal: createMemorySeal(),
        directory,
        tenants: { find: () => tenant },
        domain: 'localhost',
        clock,
      })
      await tokens.initialize(tenant)
      const verifier = createTokenVerifier({ keys: tokens.keys, revocations: createRevocations(held), clock })
      verify = async (token) => {
        const result = await verifier.verify(String(token), { tenant, audiences: vaultAudiences })
        return result.outcome === 'authenticated' ? result.caller.principal : result.reason
      }
      sessions = createWorkloadSessions({ clock })
      attached = undefined
      identity = createIdentity({
        sessions,
        workloads: { find: async (_reader, workload) => (workload === appGuid ? attached : undefined) },
        minter: tokens.minter,
        peerUsers: { userOf: async () => peerUser },
      })
      const operator = await held.database.write({ tenant, moves: 'generation' }, async (writer) => {
        principal = await createManagedIdentity(writer, { displayName: 'app', resourceId: appId, userAssigned: false })
        return createUser(writer, { displayName: 'Operator', userPrincipalName: 'operator@home.test' })
      })
      app = start('workload', principal, principal.clientId ?? assert.fail(), appId)
      shell = start('operator', operator, azClient, undefined)
    })

    afterEach(() => held.close())

    function start(
      kind: WorkloadSession['kind'],
      who: Principal,
      clientId: ClientId,
      resourceId: string | undefined,
      workload?: Guid,
    ): Running {
      const rest = { osUserId: 1000, attached: true, expiresAt: undefined, displayName: who.displayName }
      return sessions.create({ kind, tenant, principal: who.id, clientId, resourceId, workload, ...rest })
    }

    function ask(surface: Surface, origin: string, { headers = {}, form, ...asked }: Asked): Promise<OperationRun> {
      const [operation] = surface.operations
      if (operation === undefined) assert.fail('The surface has no operation.')
      const request = vaultRequest({
        place: { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' },
        origin,
        ...asked,
        header: (name) => headers[name],
        contentType: form === undefined ? '' : 'application/x-www-form-urlencoded',
        ...(form === undefined ? {} : { body: Buffer.from(form) }),
      })
      return runOperation(surface, operation, { request, database: held.database })
    }

    function askAppService(asked: Asked = {}): Promise<OperationRun> {
      const headers = { 'x-identity-header': app.credentials.identityHeader }
      return ask(identity.appService, 'http://localhost:8481', { headers, query: vaultQuery, ...asked })
    }

    function askImds(asked: Asked = {}): Promise<OperationRun> {
      const given = { headers: { metadata: 'true' }, query: imdsQuery, session: app.session, ...asked }
      return ask(identity.imds, 'http://169.254.169.254', given)
    }

    function askCloudShell(asked: Asked = {}): Promise<OperationRun> {
      const form = 'resource=https%3A%2F%2Fvault.azure.net'
      return ask(identity.cloudShell, 'http://localhost:50342', {
        headers: { metadata: 'true' },
        form,
        session: shell.session,
        ...asked,
      })
    }

    function refusedByAppService(run: OperationRun, status: number, code: string, message: string | RegExp): void {
      const body = bodyOf(run)
      assert.equal(run.response.status, status)
      assert.match(String(body['message']), typeof message === 'string' ? new RegExp(`^${message}`) : message)
      assert.deepEqual(body, {
        statusCode: status,
        message: body['message'],
        correlationId: sampleFacts.requestId,
        error: { code, message: body['message'] },
      })
    }

    describe('App Service', () => {
      test('gives a workload the token of its own identity, every number a string', async () => {
        const run = await askAppService()
        const seconds = clock.milliseconds / 1000
        const body = bodyOf(run)
        assert.deepEqual(
          { ...body, access_token: '' },
          {
            access_token: '',
            client_id: app.session.clientId,
            expires_on: String(seconds + 3600),
            expires_in: '3599',
            ext_expires_in: '3599',
            not_before: String(seconds - 300),
            resource: 'https://vault.azure.net',
            token_type: 'Bearer',
          },
        )
        assert.equal(await verify(body['access_token']), app.session.principal)
        const claims: Record<string, unknown> = JSON.parse(
          Buffer.from(String(body['access_token']).split('.')[1] ?? '', 'base64url').toString(),
        )
        assert.deepEqual(
          [claims['xms_mirid'], claims['appidacr'], claims['idtyp'], claims['oid']],
          [appId, '2', 'app', app.session.principal],
        )
        assert.deepEqual(run.view, {
          requestUri: 'http://localhost:8481/msi/token',
          resource: appId,
          properties: {
            sessionId: app.session.id,
            principalId: app.session.principal,
            clientId: app.session.clientId,
            tokenResource: 'https://vault.azure.net',
            tokenId: claims['uti'],
            expiresAtSeconds: seconds + 3600,
          },
        })
      })

      for (const header of ['x-identity-header', 'secret', 'x-ms-identity']) {
        test(`knows the secret in the header ${header}`, async () => {
          const headers = { [header]: app.credentials.identityHeader }
          assert.equal((await askAppService({ headers })).response.status, 200)
        })
      }

      test('serves the protocol of 2017 with its selector', async () => {
        const query = { ...vaultQuery, 'api-version': '2017-09-01', clientid: app.session.clientId }
        assert.equal((await askAppService({ query })).response.status, 200)
      })

      test('takes each spelling of the own identity, and an empty one for none', async () => {
        const { clientId, principal: id } = app.session
        for (const selector of [
          { client_id: clientId.toUpperCase() },
          { principal_id: id },
          { object_id: id },
          { mi_res_id: appId.replace('resourceGroups', 'resourcegroups') },
          { msi_res_id: `${appId}/` },
          { resource_id: appId },
          { client_id: '' },
        ]) {
          assert.equal((await askAppService({ query: { ...vaultQuery, ...selector } })).response.status, 200)
        }
      })

      test("gives the operator's shell a user's token", async () => {
        const run = await askAppService({ headers: { 'x-identity-header': shell.credentials.identityHeader } })
        const [, payload = ''] = String(bodyOf(run)['access_token']).split('.')
        const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, 'base64url').toString())
        const { idtyp, scp, upn, unique_name: uniqueName, oid, appid, appidacr, xms_mirid: resourceId } = claims
        assert.deepEqual(
          { idtyp, scp, upn, uniqueName, oid, appid, appidacr, resourceId },
          {
            idtyp: 'user',
            scp: 'user_impersonation',
            upn: 'operator@home.test',
            uniqueName: 'operator@home.test',
            oid: shell.session.principal,
            appid: azClient,
            appidacr: '0',
            resourceId: undefined,
          },
        )
      })

      const unknown = 'The identity header is missing, is not known here, or belongs to a workload that has ended.'
      const unproved: readonly (readonly [string, () => Asked])[] = [
        ['that is absent', () => ({ headers: {} })],
        ['that is empty', () => ({ headers: { 'x-identity-header': '' } })],
        ['that is made up', () => ({ headers: { 'x-identity-header': 'a'.repeat(64) } })],
        [
          'that comes with another',
          () => ({
            headers: { 'x-identity-header': app.credentials.identityHeader, secret: shell.credentials.identityHeader },
          }),
        ],
        ["that is a session's proxy password", () => ({ headers: { secret: app.credentials.proxyPassword } })],
        ["at another workload's endpoint", () => ({ path: { session: shell.session.id } })],
        ['when only the proxy knows the session', () => ({ headers: {}, session: app.session })],
      ]
      for (const [title, asked] of unproved) {
        test(`refuses a header ${title}`, async () => {
          refusedByAppService(await askAppService(asked()), 401, 'unauthorized', unknown)
        })
      }

      test('has those counted who prove no session, and a workload recorded, whatever it is refused for', async () => {
        assert.equal((await askAppService({ headers: {} })).counted, 'unproven-caller')
        assert.equal((await askAppService({ headers: { 'x-identity-header': 'made-up' } })).counted, 'unproven-caller')
        assert.equal((await askAppService({ headers: { origin: 'https://a.test' } })).counted, 'malformed-request')
        // The proxy knows whose request this is.
        assert.equal((await askImds({ headers: {} })).counted, undefined)
        const asked = await askAppService({ query: {} })
        assert.deepEqual([asked.response.status, asked.counted], [400, undefined])
        const elsewhere = await askAppService({ path: { session: shell.session.id } })
        assert.deepEqual([elsewhere.response.status, elsewhere.counted], [401, undefined])
        peerUser = 1001
        const stolen = await askAppService()
        assert.deepEqual([stolen.response.status, stolen.counted], [403, undefined])
      })

      test("accepts a header at its own session's endpoint", async () => {
        assert.equal(identityEndpointPath(app.session.id), `/msi/token/${app.session.id}`)
        assert.equal((await askAppService({ path: { session: app.session.id } })).response.status, 200)
      })

      test('refuses the header of a session that has ended', async () => {
        sessions.end(app.session.id)
        refusedByAppService(await askAppService(), 401, 'unauthorized', unknown)
      })

      test('refuses a session that ends while the peer is being looked up', async () => {
        const racing = createIdentity({
          sessions,
          workloads: { find: async () => undefined },
          minter: { prepare: async () => void sessions.end(app.session.id), mint: () => assert.fail('minted') },
          peerUsers: undefined,
        })
        const headers = { 'x-identity-header': app.credentials.identityHeader }
        const run = await ask(racing.appService, 'http://localhost:8481', { headers, query: vaultQuery })
        refusedByAppService(run, 401, 'unauthorized', unknown)
      })

      for (const user of [0, 1001, undefined]) {
        test(`refuses a peer that runs as ${user === undefined ? 'nobody that can be found' : `user ${user}`}`, async () => {
          peerUser = user
          const run = await askAppService()
          refusedByAppService(run, 403, 'access_denied', 'The caller does not run as the OS user of this workload.')
        })
      }

      for (const header of [
        'x-forwarded-for',
        'forwarded',
        'via',
        'x-original-url',
        'origin',
        'referer',
        'sec-fetch-site',
      ]) {
        test(`refuses a request that carries ${header}`, async () => {
          const headers = { 'x-identity-header': app.credentials.identityHeader, [header]: '' }
          refusedByAppService(await askAppService({ headers }), 400, 'invalid_request', /must not carry the header/)
        })
      }

      test('refuses a host name that was rebound to us', async () => {
        const run = await askAppService({ origin: 'http://attacker.test:8481' })
        refusedByAppService(run, 400, 'invalid_request', 'The request names a host')
      })

      test('refuses faults in the query', async () => {
        const faults: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
          [{ resource: 'https://vault.azure.net' }, 'invalid_request', /'api-version' must be/],
          [{ ...vaultQuery, 'api-version': '2018-02-01' }, 'invalid_request', /'api-version' must be/],
          [{ 'api-version': '2019-08-01' }, 'invalid_request', /'resource' is required/],
          [{ ...vaultQuery, resource: 'https://vault.azure.net\u0000' }, 'invalid_resource', /'resource' is not valid/],
          [{ ...vaultQuery, resource: 'https://storage.azure.com' }, 'invalid_resource', /^AADSTS500011: /],
          [
            { ...vaultQuery, client_id: azClient },
            'invalid_request',
            /Unable to load the proper Managed Identity.*AZURE_CLIENT_ID.*Identity not found/,
          ],
          [{ ...vaultQuery, mi_res_id: `${appId}2` }, 'invalid_request', /Unable to load the proper Managed Identity/],
          [
            { ...vaultQuery, client_id: app.session.clientId, object_id: app.session.principal },
            'invalid_request',
            /Only one of/,
          ],
        ]
        for (const [query, code, message] of faults) {
          refusedByAppService(await askAppService({ query }), 400, code, message)
        }
      })

      test('gives nothing for an identity that was deleted', async () => {
        await held.database.write({ tenant, moves: 'both' }, (writer) => deletePrincipal(writer, principal.id))
        const run = await askAppService()
        refusedByAppService(run, 400, 'invalid_request', 'Identity not found')
        assert.deepEqual(run.view?.properties, {
          sessionId: app.session.id,
          principalId: app.session.principal,
          clientId: app.session.clientId,
        })
      })
    })

    describe('a workload with several identities', () => {
      let shared: Principal
      let headers: Readonly<Record<string, string>>

      beforeEach(async () => {
        shared = await held.database.write({ tenant, moves: 'generation' }, (writer) =>
          createManagedIdentity(writer, { displayName: 'id1', resourceId: identityId, userAssigned: true }),
        )
        app = start('workload', principal, principal.clientId ?? assert.fail(), appId, appGuid)
        headers = { 'x-identity-header': app.credentials.identityHeader }
        attached = { systemAssigned: principal.id, userAssigned: [shared.id] }
      })

      const whose = async (selector: Readonly<Record<string, string>> = {}) => {
        const run = await askAppService({ headers, query: { ...vaultQuery, ...selector } })
        assert.equal(run.response.status, 200, String(run.response.body))
        return verify(bodyOf(run)['access_token'])
      }
      const claimsOf = async (selector: Readonly<Record<string, string>>): Promise<Record<string, unknown>> => {
        const run = await askAppService({ headers, query: { ...vaultQuery, ...selector } })
        return JSON.parse(Buffer.from(String(bodyOf(run)['access_token']).split('.')[1] ?? '', 'base64url').toString())
      }

      test('gets its own without a selector, and the shared one by each of its names', async () => {
        assert.equal(await whose(), principal.id)
        assert.equal(await whose({ client_id: principal.clientId ?? '' }), principal.id)
        for (const selector of [
          { client_id: shared.clientId ?? '' },
          { object_id: shared.id.toUpperCase() },
          { principal_id: shared.id },
          { mi_res_id: identityId.replace('resourcegroups', 'resourceGroups') },
          { msi_res_id: identityId },
          { resource_id: identityId },
        ]) {
          assert.equal(await whose(selector), shared.id)
        }
        const imds = bodyOf(await askImds({ query: { ...imdsQuery, msi_res_id: identityId } }))
        assert.deepEqual([imds['client_id'], await verify(imds['access_token'])], [shared.clientId, shared.id])
      })

      test('has the identity, and its host, named in the token and the record', async () => {
        const { xms_mirid: mirid, xms_az_rid: host, appid, oid } = await claimsOf({ object_id: shared.id })
        assert.deepEqual([mirid, host, appid, oid], [identityId, appId, shared.clientId, shared.id])
        assert.equal((await claimsOf({}))['xms_az_rid'], undefined)
        const run = await askAppService({ headers, query: { ...vaultQuery, object_id: shared.id } })
        const { principalId, clientId } = run.view?.properties ?? {}
        assert.deepEqual([principalId, clientId, run.view?.resource], [shared.id, shared.clientId, appId])
      })

      test('sees at the next call what was assigned or taken away', async () => {
        const query = { ...vaultQuery, client_id: shared.clientId ?? '' }
        attached = { systemAssigned: principal.id, userAssigned: [] }
        refusedByAppService(await askAppService({ headers, query }), 400, 'invalid_request', /Identity not found$/)
        attached = { systemAssigned: undefined, userAssigned: [shared.id] }
        assert.equal(await whose({ client_id: shared.clientId ?? '' }), shared.id)
        refusedByAppService(
          await askAppService({ headers }),
          400,
          'invalid_request',
          /^Identity not found\. This workload has no system-assigned identity: name one/,
        )
        attached = { systemAssigned: undefined, userAssigned: [] }
        refusedByAppService(await askAppService({ headers }), 400, 'invalid_request', /^Identity not found$/)
      })

      test('gets nothing once its app is gone, though the identities are there', async () => {
        attached = undefined
        refusedByAppService(await askAppService({ headers }), 400, 'invalid_request', /^Identity not found$/)
        const query = { ...vaultQuery, client_id: shared.clientId ?? '' }
        refusedByAppService(await askAppService({ headers, query }), 400, 'invalid_request', /^Identity not found$/)
      })

      test('gets nothing for an identity that was deleted, disabled, or made again under its name', async () => {
        const query = { ...vaultQuery, mi_res_id: identityId }
        await held.database.write({ tenant, moves: 'both' }, (writer) => setPrincipalEnabled(writer, shared.id, false))
        refusedByAppService(await askAppService({ headers, query }), 400, 'invalid_request', /^Identity not found$/)
        await held.database.write({ tenant, moves: 'both' }, async (writer) => {
          await deletePrincipal(writer, shared.id)
          await createManagedIdentity(writer, { displayName: 'id1', resourceId: identityId, userAssigned: true })
        })
        refusedByAppService(await askAppService({ headers, query }), 400, 'invalid_request', /Identity not found$/)
      })
    })

    describe('IMDS', () => {
      test("gives the proxy session's identity its token", async () => {
        const body = bodyOf(await askImds())
        assert.equal(await verify(body['access_token']), app.session.principal)
      })

      test('answers a probe without the Metadata header with 400 in its own JSON', async () => {
        for (const headers of [{}, { metadata: 'false' }, { metadata: 'True' }]) {
          const run = await askImds({ headers, query: {} })
          assert.equal(run.response.status, 400)
          assert.deepEqual(bodyOf(run), {
            error: 'invalid_request',
            error_description: 'Required metadata header not specified',
          })
        }
      })

      test('gives nothing to a request that came without a session, even with a header', async () => {
        const headers = { metadata: 'true', 'x-identity-header': app.credentials.identityHeader }
        const run = await ask(identity.imds, 'http://169.254.169.254', { headers, query: imdsQuery })
        assert.equal(run.response.status, 401)
      })

      test('gives nothing to a session that has ended since the proxy let it in', async () => {
        sessions.end(app.session.id)
        assert.equal((await askImds()).response.status, 401)
      })

      test('refuses another host, another protocol, another identity and forwarded requests', async () => {
        assert.equal((await askImds({ origin: 'http://169.254.169.254.attacker.test' })).response.status, 400)
        assert.equal((await askImds({ query: vaultQuery })).response.status, 400)
        assert.equal((await askImds({ query: { ...imdsQuery, client_id: azClient } })).response.status, 400)
        const headers = { metadata: 'true', 'x-forwarded-for': '10.0.0.1' }
        assert.equal((await askImds({ headers })).response.status, 400)
      })
    })

    describe('Cloud Shell', () => {
      test('gives a shell the token of the operator', async () => {
        const body = bodyOf(await askCloudShell())
        assert.equal(await verify(body['access_token']), shell.session.principal)
        assert.equal(body['resource'], 'https://vault.azure.net')
      })

      test('gives a workload nothing', async () => {
        const run = await askCloudShell({ session: app.session })
        assert.equal(run.response.status, 403)
        assert.deepEqual(bodyOf(run), {
          error: { code: 'access_denied', message: 'This endpoint answers a shell of the operator only.' },
        })
      })

      test('gives nothing without a session, without the Metadata header, at another host or for two resources', async () => {
        const without = await ask(identity.cloudShell, 'http://localhost:50342', {
          headers: { metadata: 'true' },
          form: 'resource=x',
        })
        assert.equal(without.response.status, 401)
        assert.equal((await askCloudShell({ headers: {} })).response.status, 400)
        assert.equal((await askCloudShell({ origin: 'http://localhost:8481' })).response.status, 400)
        assert.equal((await askCloudShell({ form: 'resource=a&resource=b' })).response.status, 400)
        assert.equal((await askCloudShell({ form: '' })).response.status, 400)
      })
    })
  })
}
