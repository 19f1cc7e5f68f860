import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { type AuditLog, makeReceipt, type PendingRecord } from '#audit/audit-log.ts'
import type { CountedRefusal } from '#audit/refusal-tally.ts'
import type { WorkloadSessions } from '#authentication/workload-session.ts'
import { createWorkloadSessions } from '#authentication/workload-sessions.ts'
import { dataAction } from '#authorization/decision.ts'
import { systemClock } from '#base/clock.ts'
import { ServiceError, statusOf } from '#base/errors.ts'
import { type ClientId, type Guid, type PrincipalId, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { SecretValue } from '#base/secret-value.ts'
import { createControl } from '#control/create-control.ts'
import { certificateToPem, createAuthorityCertificate, issueServerCertificate } from '#crypto/certificates.ts'
import { exportPrivateKey, generateP256KeyPair } from '#crypto/signing.ts'
import { type Addresses, createHttp, type Http, type HttpDependencies } from '#http/create-http.ts'
import type { Leaf } from '#http/tls-listener.ts'
import { createGate, type Gate } from '#operation/invoke.ts'
import type { Dialect, Operation, OperationRequest, OperationResponse, Place, Surface } from '#operation/operation.ts'
import type { Database, Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { openRules, sampleCaller, samplePlace } from './vault-fixtures.ts'

export { sampleCaller, samplePlace } from './vault-fixtures.ts'

/** Texts of one surface of the fixture: `NAME:REASON`. */
function dialectOf(name: string): Dialect {
  const say = (status: number, code: string, more: Partial<OperationResponse> = {}): OperationResponse => ({
    status,
    body: JSON.stringify({ error: { code: `${name}:${code}` } }),
    ...more,
  })
  const statuses: Readonly<Record<string, number>> = {
    'unknown-route': 404,
    'unknown-vault': 404,
    'method-not-allowed': 405,
    'body-too-large': 413,
  }
  return {
    refuse(refusal, request) {
      if (refusal.reason === 'unauthenticated') {
        const challenge = `Bearer authorization="https://login/${request.place.tenant}", resource="https://${request.host}"`
        return say(401, refusal.reason, { headers: { 'WWW-Authenticate': challenge } })
      }
      return say(statuses[refusal.reason] ?? 400, refusal.reason)
    },
    deny: () => {
      throw new TypeError('Nobody is denied here.')
    },
    error: (error: ServiceError) => say(statusOf(error.kind), error.code),
    headers: (facts) => ({ 'x-ms-request-id': facts.requestId, 'Cache-Control': 'no-cache' }),
  }
}

type Echo = Readonly<Record<string, unknown>>

/** What a request looked like once it had passed the edge. */
function echo(request: OperationRequest): Echo {
  return {
    method: request.method,
    origin: request.origin,
    path: request.path,
    query: Object.fromEntries(request.query),
    apiVersion: request.apiVersion,
    body: request.body.toString('utf8'),
    contentType: request.contentType,
    place: request.place.name,
    session: request.session?.id,
    forwarded: request.header('X-Forwarded-For'),
    privateEndpoint: request.facts.privateEndpoint,
    tlsVersion: request.facts.tlsVersion,
    clientRequestId: request.facts.clientRequestId,
    ports: [request.facts.localPort > 0, request.facts.remotePort > 0],
  }
}

type Route = Pick<Operation, 'id' | 'method' | 'path' | 'since'>

function openRoute(route: Route, wait?: () => Promise<void>): Operation {
  const operation: Operation<Echo, undefined, Echo> = {
    ...route,
    access: 'read',
    open: 'public',
    parse: echo,
    handle: async (_context, input) => {
      await wait?.()
      return input
    },
    respond: (output) => ({ status: 200, body: JSON.stringify(output) }),
  }
  return operation
}

function guardedRoute(route: Route): Operation {
  const operation: Operation<Echo, undefined, Echo> = {
    ...route,
    access: 'read',
    parse: echo,
    requirements: (context) => [{ anyOf: [dataAction('Test/read')], scope: context.place.scope }],
    handle: async (_context, input) => input,
    respond: (output) => ({ status: 200, body: JSON.stringify(output) }),
    audit: { operationName: route.id, view: () => ({ requestUri: '' }) },
  }
  return operation
}

/** A query builder without an engine: it can be handed on, and any query fails. */
function noRows(): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createDriver: () => new DummyDriver(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}

/** A gate over an empty database in memory, in which everybody may do everything. */
function createTestGate(refusals: CountedRefusal[], isRecording: () => boolean): Gate {
  const freshness = { generation: 1, epoch: 0 }
  const reader: Reader = {
    tenant: samplePlace.tenant,
    freshness,
    now: new Date(0),
    rows: async () => [],
    kysely: noRows(),
  }
  const writer: Writer = {
    tenant: reader.tenant,
    freshness,
    now: reader.now,
    rows: async () => [],
    access: 'write',
    kysely: noRows(),
  }
  const database: Database = {
    engine: 'sqlite',
    knownFreshness: () => freshness,
    currentFreshness: async () => freshness,
    read: (_scope, work) => work(reader),
    write: (_scope, work) => work(writer),
    system: () => Promise.reject(new TypeError('There are no rows here.')),
    ping: async () => {},
    close: async () => {},
  }
  const permissions = {
    tenant: samplePlace.tenant,
    principal: sampleCaller.principal,
    freshness,
    groups: [],
    barrier: undefined,
    decide: () => ({
      outcome: 'allow' as const,
      assignmentId: 'a',
      action: dataAction('Test/read'),
      scope: samplePlace.scope,
    }),
    hangsOnLookup: () => false,
    permits: () => true,
  }
  let sequence = 0
  const append = async (_record: PendingRecord) => {
    if (!isRecording()) throw new ServiceError('unavailable', 'AuditUnavailable', 'Not now.')
    return makeReceipt(0, sequence++)
  }
  const audit: AuditLog = {
    lane: 0,
    append,
    settle: append,
    health: () => ({ state: 'writable' }),
    close: async () => {},
  }
  return createGate({
    database,
    authorizer: { cached: () => permissions, load: async () => permissions },
    rules: openRules,
    audit,
    refusals: { count: (refusal) => void refusals.push(refusal), close: async () => {} },
    outbox: { insert: async () => {} },
    revalidate: async () => undefined,
    clock: systemClock,
    logger: silentLogger,
  })
}

interface Authority {
  readonly pem: string
  leafFor(name: string | undefined): Leaf
}

function createAuthority(): Authority {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) }
  const { privateKey } = generateP256KeyPair()
  const permittedDnsNames = ['vault.azure.net', 'localhost']
  const certificate = createAuthorityCertificate({ ...validity, privateKey, commonName: 'Test CA', permittedDnsNames })
  const issue = (names: readonly string[]): Leaf => {
    const pair = generateP256KeyPair()
    const request = { ...validity, publicKey: pair.publicKey, commonName: 'Test', names }
    const key = exportPrivateKey(pair.privateKey).toString('base64')
    return {
      certificatePem: certificateToPem(issueServerCertificate({ privateKey, certificate }, request)),
      privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${key.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`,
    }
  }
  const azure = issue(['*.vault.azure.net'])
  const own = issue(['*.vault.localhost', 'localhost', '127.0.0.1'])
  return {
    pem: certificateToPem(certificate),
    leafFor: (name) => (name?.endsWith('.vault.azure.net') ? azure : own),
  }
}

export interface TestHttp {
  readonly http: Http
  readonly addresses: Addresses
  readonly sessions: WorkloadSessions
  readonly refusals: readonly CountedRefusal[]
  readonly authorityPem: string
  readonly directory: string
  /** Whether calls can be recorded, as they can at first. */
  record(possible: boolean): void
  /** Lets the requests of `/slow` go on. */
  release(): void
  close(): Promise<void>
}

const unknownVault: Place = { ...samplePlace, kind: 'unknown-vault', name: '' }

/** A whole `http` on free ports, with tiny surfaces that answer what they were asked. */
export async function startTestHttp(
  options: {
    readonly passesOthers?: boolean
    readonly limits?: HttpDependencies['limits']
    readonly privateEndpoints?: HttpDependencies['listen']['privateEndpoints']
  } = {},
): Promise<TestHttp> {
  const directory = await mkdtemp(join(tmpdir(), 'http-'))
  const refusals: CountedRefusal[] = []
  let isRecording = true
  const gate = createTestGate(refusals, () => isRecording)
  const authority = createAuthority()
  const sessions = createWorkloadSessions({ clock: systemClock })
  let release = (): void => {}
  const slow = new Promise<void>((resolve) => {
    release = resolve
  })
  let addresses: Addresses | undefined
  const portsOf = (): Addresses => {
    if (addresses === undefined) throw new TypeError('The server does not listen yet.')
    return addresses
  }
  const control = createControl({
    clock: systemClock,
    logger: silentLogger,
    tenantId: samplePlace.tenant,
    subscriptionId: trustGuid<SubscriptionId>('33333333-3333-4333-8333-333333333333'),
    sessions,
    operator: {
      principalId: trustGuid<PrincipalId>('77777777-7777-4777-8777-777777777777'),
      clientId: trustGuid<ClientId>('04b07795-8ddb-461a-bbee-02f9e1bf7b46'),
      userPrincipalName: 'operator@test',
    },
    findApp: async (_reader, name, resourceGroup = 'rg1') => ({
      id: trustGuid<Guid>('cccccccc-cccc-4ccc-8ccc-cccccccccccc'),
      name,
      resourceGroup,
      resourceId: `/subscriptions/S/resourceGroups/${resourceGroup}/providers/Microsoft.App/containerApps/${name}`,
      identity:
        name === 'bare'
          ? undefined
          : {
              principalId: trustGuid<PrincipalId>('88888888-8888-4888-8888-888888888888'),
              clientId: trustGuid<ClientId>('99999999-9999-4999-8999-999999999999'),
            },
      revisionName: `${name}--v1`,
      environment: { GREETING: 'hello' },
      secretVariables: name === 'secretive' ? { PASSWORD: 'password' } : {},
    }),
    readSecretVariables: async ({ name }) => ({
      // A change that comes between the reading and the start.
      revisionName: name === 'changing' ? `${name}--v0` : `${name}--v1`,
      values: new Map(name === 'secretive' ? [['PASSWORD', SecretValue.fromText('opened')]] : []),
    }),
    applications: {
      prepareSecret: async () => ({ text: 'made-up', hint: 'mad', salt: Buffer.alloc(0), verifier: Buffer.alloc(0) }),
      create: async (_writer, displayName, secret) => ({
        clientId: trustGuid<ClientId>('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'),
        principalId: trustGuid<PrincipalId>('bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'),
        displayName,
        clientSecret: secret.text,
        expiresAt: new Date(0),
      }),
    },
    grantOwner: async () => 'assignment-1',
    describeServer: () => ({ version: 'test' }),
    ports: () => {
      const { httpsPort, proxyPort, identityPort } = portsOf()
      return { httpsPort, proxyPort, identityPort }
    },
    identityEndpointPath: (session) => `/msi/token/${session}`,
    operations: [],
    authorityPem: authority.pem,
    sessionsDirectory: join(directory, 'sessions'),
    osUserId: process.getuid?.(),
  })
  const vault: Surface = {
    name: 'vault',
    operations: [
      guardedRoute({ id: 'getThing', method: 'GET', path: '/things/{name}/{version?}', since: '7.0' }),
      guardedRoute({ id: 'putThing', method: 'PUT', path: '/things/{name}', since: '7.0' }),
      {
        ...guardedRoute({ id: 'putLargeThing', method: 'PUT', path: '/things/{name}/large', since: '7.0' }),
        maximumBodyBytes: 4096,
      },
      openRoute({ id: 'getPublic', method: 'GET', path: '/public', since: '' }),
      openRoute({ id: 'getSlow', method: 'GET', path: '/slow', since: '' }, () => slow),
    ],
    maximumBodyBytes: 1024,
    apiVersions: 'newest-not-later',
    authenticate({ authorization }) {
      if (authorization === 'Bearer good') return { outcome: 'authenticated', caller: sampleCaller }
      return { outcome: 'refused', reason: authorization === undefined ? 'missing' : 'signature', signed: false }
    },
    dialect: dialectOf('vault'),
  }
  const tokenSurface = (name: string, route: Route): Surface => ({
    name,
    operations: [openRoute(route)],
    maximumBodyBytes: 1024,
    apiVersions: 'none',
    dialect: dialectOf(name),
  })
  const isVault = (host: string): boolean => host.endsWith('.vault.azure.net') || host.endsWith('.vault.localhost')
  const http = createHttp({
    gate,
    clock: systemClock,
    logger: silentLogger,
    homePlace: samplePlace,
    hosts: [
      {
        surface: vault,
        resolve: (host) =>
          isVault(host) ? (host.startsWith('kv1.') ? samplePlace : Promise.resolve(unknownVault)) : undefined,
      },
    ],
    identity: {
      appService: tokenSurface('identity', { id: 'app', method: 'GET', path: '/msi/token/{session?}', since: '' }),
      imds: tokenSurface('imds', { id: 'imds', method: 'GET', path: '/metadata/identity/oauth2/token', since: '' }),
      cloudShell: tokenSurface('cloud-shell', { id: 'shell', method: 'POST', path: '/oauth2/token', since: '' }),
      place: samplePlace,
    },
    control: { surface: control.surface, place: samplePlace, socketPath: join(directory, 'control.sock') },
    readinessChecks: [
      { name: 'fine', check: async () => {} },
      { name: 'broken', check: () => Promise.reject(new Error('secret detail')) },
    ],
    leafFor: (name) => authority.leafFor(name),
    proxy: {
      isServedHost: isVault,
      sessions,
      upstreamOf: (session) => control.upstreamOf(session),
      passesOthers: options.passesOthers ?? true,
    },
    listen: {
      address: '127.0.0.1',
      httpsPort: 0,
      proxyPort: 0,
      identityPort: 0,
      healthPort: 0,
      privateEndpoints: options.privateEndpoints ?? [],
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  await control.start()
  addresses = await http.listen()
  return {
    http,
    addresses,
    sessions,
    refusals,
    authorityPem: authority.pem,
    directory,
    record(possible) {
      isRecording = possible
    },
    release,
    async close() {
      release()
      await http.drain(1000)
      await control.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown
}

export interface TestRequest {
  readonly method?: string
  readonly path: string
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent?: Agent
}

/** One request to the https listener, verified against the test CA. */
export function ask(server: TestHttp, request: TestRequest): Promise<TestAnswer> {
  const { method = 'GET', path, host = 'kv1.vault.azure.net', headers, body, agent } = request
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.addresses.httpsPort,
        servername: host.replace(/:\d+$/, '').toLowerCase(),
        ca: server.authorityPem,
        agent: agent ?? new Agent({ maxSockets: 1 }),
        method,
        path,
        headers: { host, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) })
        })
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends bytes to a port and gives everything that comes back until the other side closes, or `until` has been seen. */
export function exchange(
  port: number | string,
  bytes: string,
  until?: RegExp,
): Promise<{ readonly text: string; readonly socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = typeof port === 'string' ? connect(port) : connect(port, '127.0.0.1')
    let text = ''
    const finish = (): void => {
      socket.off('data', onData)
      resolve({ text, socket })
    }
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (until?.test(text) === true) finish()
    }
    socket.on('data', onData)
    socket.on('close', finish)
    socket.on('error', reject)
    socket.write(bytes)
  })
}
