/** The resource manager over real stores, decided by the real gate; only the audit log is in memory. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResourceManager } from '#arm/surface.ts'
import { type AuditLog, makeReceipt, type PendingRecord } from '#audit/audit-log.ts'
import { insertOutbox } from '#audit/outbox-store.ts'
import type { Caller } from '#authentication/caller.ts'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import { roleDefinitionResourceId } from '#authorization/role-definition.ts'
import { parseScope, rootScope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import { type ClientId, type Guid, type PrincipalId, type SubscriptionId, type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { createContainerApps } from '#containerapps/container-apps.ts'
import { createUser } from '#directory/principal-store.ts'
import { createSubscription } from '#directory/tenant-store.ts'
import { createUserAssignedIdentityStore } from '#directory/user-assigned-identity-store.ts'
import { resolveTarget } from '#http/resolution.ts'
import { RouteTable } from '#http/routes.ts'
import { createGate, type Gate } from '#operation/invoke.ts'
import type { Operation, Place, Refusal, Surface } from '#operation/operation.ts'
import { createSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import { createResourceSealer } from '#seal/resource-sealer.ts'
import type { Database, Reader } from '#storage/database.ts'
import { VaultRules } from '#vault/network/vault-rules.ts'
import { createControlPlaneSecrets } from '#vault/secrets/control-plane-secrets.ts'
import { OpenedSecrets, openedSecretsOff } from '#vault/secrets/opened-secrets.ts'
import { VaultPlaces } from '#vault/vault-places.ts'
import { VaultStore } from '#vault/vault-store.ts'
import { createTenant, type EngineUnderTest } from '../support/databases.ts'
import { openRules, sampleFacts } from '../support/vault-fixtures.ts'

/** An answer with its JSON body read. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into member by member, each assertion is the check
  readonly body: any
}

export interface Sent {
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string>>
  readonly apiVersion?: string
  readonly origin?: string
  /** The operator if left out. */
  readonly as?: PrincipalId
  /** Another surface of the same tenant; the resource manager if left out. */
  readonly surface?: Surface
}

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #milliseconds = Date.UTC(2026, 10, 21, 12)

  now(): Date {
    return new Date(this.#milliseconds)
  }

  monotonicMilliseconds(): number {
    return this.#milliseconds
  }

  advance(seconds: number): void {
    this.#milliseconds += seconds * 1000
  }
}

/** A tenant with a subscription whose Owner is the operator, and its resource manager. */
export class ArmHarness {
  readonly clock: HandClock
  readonly database: Database
  readonly tenant: TenantId
  readonly subscription = trustGuid<SubscriptionId>(randomGuid())
  readonly surface: Surface
  readonly vaults: VaultStore
  readonly places: VaultPlaces
  /** The key-encryption key, for another server on the same database. */
  readonly keyFile: string
  readonly records: PendingRecord[] = []
  readonly #gate: Gate
  readonly #routes: RouteTable
  readonly #cleanUp: () => Promise<void>
  #operator: PrincipalId | undefined

  private constructor(
    parts: Pick<ArmHarness, 'clock' | 'database' | 'tenant' | 'surface' | 'vaults' | 'places' | 'keyFile'>,
    cleanUp: () => Promise<void>,
  ) {
    this.clock = parts.clock
    this.database = parts.database
    this.tenant = parts.tenant
    this.surface = parts.surface
    this.vaults = parts.vaults
    this.places = parts.places
    this.keyFile = parts.keyFile
    this.#cleanUp = cleanUp
    this.#routes = new RouteTable(this.surface.operations, this.surface.apiVersions)
    this.#gate = createGate({
      database: this.database,
      authorizer: createAuthorizer(),
      rules: openRules,
      audit: this.#memoryLog(),
      refusals: { count() {}, close: () => Promise.resolve() },
      outbox: { insert: insertOutbox },
      revalidate: () => Promise.resolve(undefined),
      clock: this.clock,
      logger: silentLogger,
    })
  }

  static async open(engine: EngineUnderTest): Promise<ArmHarness> {
    const clock = new HandClock()
    const opened = await engine.open({ clock })
    const { database } = opened
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-arm-'))
    const keyFile = join(folder, 'kek')
    const provider = createKeyEncryptionProvider({ kind: 'key-file', path: keyFile })
    const seal = await createSeal({ database, provider, clock, logger: silentLogger })
    const rules = new VaultRules()
    const places = new VaultPlaces({ database, rules })
    const vaults = new VaultStore({
      database,
      seal,
      rules,
      opened: new OpenedSecrets(openedSecretsOff, clock),
    })
    const { surface } = createResourceManager({
      ...createContainerApps(),
      sealerOf: createResourceSealer({ database, seal }),
      identities: createUserAssignedIdentityStore(),
      vaults,
      privateEndpoints: ['office', 'Plant-7'],
      vaultSecrets: createControlPlaneSecrets({ seal, places }),
      auditSinks: ['siem', 'Archive'],
      namesFor: (origin) => {
        const domain = new URL(origin).host.replace(/^management\./, '')
        const suffix = domain === 'azure.com' ? 'vault.azure.net' : `vault.${domain}`
        const loginOrigin = domain === 'azure.com' ? 'https://login.microsoftonline.com' : `https://login.${domain}`
        return {
          loginOrigin,
          graphOrigin: `https://graph.${domain}`,
          portalOrigin: `https://portal.${domain}`,
          vaultSuffix: suffix,
        }
      },
      authenticate: () => ({ outcome: 'refused', reason: 'missing', signed: false }),
    })
    const harness = new ArmHarness(
      { clock, database, tenant: await createTenant(database), surface, vaults, places, keyFile },
      async () => {
        await opened.close()
        await rm(folder, { recursive: true })
      },
    )
    await harness.#prepare()
    return harness
  }

  close(): Promise<void> {
    return this.#cleanUp()
  }

  get gate(): Gate {
    return this.#gate
  }

  get operator(): PrincipalId {
    assert.ok(this.#operator !== undefined)
    return this.#operator
  }

  /** `/subscriptions/…` followed by `rest`. */
  path(rest = ''): string {
    return `/subscriptions/${this.subscription}${rest}`
  }

  /** A path in the group `rg1`. */
  inGroup(rest = ''): string {
    return this.path(`/resourceGroups/rg1${rest}`)
  }

  /** A user with a role at each of these scopes. */
  async user(
    roles: readonly (readonly [role: keyof typeof builtInRoleIds, scope: string])[] = [],
  ): Promise<PrincipalId> {
    const id = await this.database.write({ tenant: this.tenant, moves: 'generation' }, async (writer) => {
      const name = randomGuid()
      return (await createUser(writer, { displayName: name, userPrincipalName: `${name}@test` })).id
    })
    for (const [role, scope] of roles) await this.assign(id, builtInRoleIds[role], scope)
    return id
  }

  async assign(principalId: PrincipalId, role: Guid, at: string): Promise<void> {
    await this.database.write({ tenant: this.tenant, moves: 'generation' }, (writer) =>
      saveRoleAssignment(writer, {
        id: randomGuid(),
        scope: parseScope(at),
        writtenScope: at,
        roleDefinitionId: roleDefinitionResourceId(role, parseScope(at)),
        principalId,
        by: principalId,
      }),
    )
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return this.database.read({ tenant: this.tenant }, work)
  }

  /** Sends a request through route table and gate. `path` is what stands before `?`. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Answered> {
    const { apiVersion = '2026-02-01' } = sent
    const surface = sent.surface ?? this.surface
    const routes = sent.surface === undefined ? this.#routes : new RouteTable(surface.operations, surface.apiVersions)
    const route = routes.find(method, path.split('/').slice(1).map(decodeURIComponent))
    if (route.kind !== 'found') {
      return this.refuse(
        route.kind === 'unknown-route' ? { reason: route.kind } : { reason: route.kind, allowed: route.allowed },
        path,
        surface,
      )
    }
    const chosen = route.choice.select(apiVersion)
    assert.ok(chosen !== undefined)
    return this.#invoke(method, sent, {
      operation: chosen.operation,
      apiVersion,
      path: route.path,
      query: new Map(Object.entries(sent.query ?? {})),
    })
  }

  /** Sends a whole request target, with query and api-version in it, through all that stands before the gate but a token. */
  async sendTarget(method: string, target: string, sent: Sent = {}): Promise<Answered> {
    const resolution = resolveTarget(this.surface, method, target)
    if (resolution.kind === 'operation') return this.#invoke(method, sent, resolution)
    const refusal: Refusal = resolution.kind === 'fault' ? { reason: resolution.reason } : resolution.refusal
    return this.refuse(refusal, target.split('?')[0])
  }

  /** What is answered before the gate. */
  refuse(refusal: Refusal, path = '/subscriptions', surface = this.surface): Answered {
    const { origin } = new URL('https://management.azure.com')
    const asked = { place: this.#place(), host: 'management.azure.com', origin, path, facts: sampleFacts }
    return answered(surface.dialect.refuse(refusal, asked))
  }

  async #invoke(
    method: string,
    { origin = 'https://management.azure.com', as = this.operator, body, surface = this.surface }: Sent,
    call: {
      readonly operation: Operation
      readonly apiVersion: string
      readonly path: Readonly<Record<string, string>>
      readonly query: ReadonlyMap<string, string>
    },
  ): Promise<Answered> {
    const { operation, apiVersion, path, query } = call
    const released = await this.#gate.invoke({
      surface,
      operation,
      caller: await this.#callerOf(as),
      request: {
        place: this.#place(),
        method,
        origin,
        path,
        query,
        apiVersion,
        header: () => undefined,
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {})),
        contentType: 'application/json',
        facts: sampleFacts,
      },
    })
    return answered(released)
  }

  #place(): Place {
    return { kind: 'tenant', tenant: this.tenant, id: this.tenant, scope: rootScope, name: '', location: '' }
  }

  async #callerOf(principal: PrincipalId): Promise<Caller> {
    const { epoch } = await this.database.currentFreshness(this.tenant)
    return {
      tenant: this.tenant,
      principal,
      kind: 'user',
      clientId: trustGuid<ClientId>('04b07795-8ddb-461a-bbee-02f9e1bf7b46'),
      tokenId: 'uti',
      keyId: 'key-1',
      issuedAtSeconds: 0,
      expiresAtSeconds: 3600,
      issuer: `https://sts.windows.net/${this.tenant}/`,
      epoch,
      auditClaimsJson: '{}',
      displayName: 'someone@test',
    }
  }

  async #prepare(): Promise<void> {
    const { subscription: id, tenant } = this
    await this.database.system('write', (kysely) =>
      createSubscription(kysely, { id, tenant, displayName: 'Test subscription', createdAt: this.clock.now() }),
    )
    this.#operator = await this.user([['owner', this.path()]])
    const group = await this.send('PUT', this.path('/resourcegroups/rg1'), { body: { location: 'westeurope' } })
    assert.equal(group.status, 201, group.text)
  }

  #memoryLog(): AuditLog {
    const keep = (record: PendingRecord) => {
      this.records.push(record)
      return Promise.resolve(makeReceipt(0, this.records.length - 1))
    }
    return {
      lane: 0,
      append: keep,
      settle: keep,
      health: () => ({ state: 'writable' }),
      close: () => Promise.resolve(),
    }
  }
}

function answered(response: {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | undefined
}): Answered {
  const text = String(response.body ?? '')
  return {
    status: response.status,
    headers: response.headers ?? {},
    text,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
