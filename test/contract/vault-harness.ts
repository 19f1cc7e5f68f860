import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootScope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import type { Operation, OperationContext, OperationRequest, Place } from '#operation/operation.ts'
import { createSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import type { Database, Reader } from '#storage/database.ts'
import { createVault, type Vault } from '#vault/create-vault.ts'
import { VaultRules } from '#vault/network/vault-rules.ts'
import { type OpenedSecretsLimits, openedSecretsOff } from '#vault/secrets/opened-secrets.ts'
import type { NewVault, VaultRecord } from '#vault/vault-record.ts'
import { createTenant, type EngineUnderTest } from '../support/databases.ts'
import { sampleFacts, vaultRequest } from '../support/vault-fixtures.ts'

export const assignmentId = '77777777-7777-4777-8777-777777777777'

/** What a call came to: an answer, with its JSON body read. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into member by member, each assertion is the check
  readonly body: any
}

export type CallParts = Parameters<typeof vaultRequest>[0]

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #milliseconds = Date.UTC(2026, 10, 21)

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

interface HarnessOptions {
  readonly clock: Clock
  /** Nothing is kept opened if left out. */
  readonly openedSecrets?: OpenedSecretsLimits
}

/** A tenant of its own on a database, with the vault surface over a real seal. Operations run as the gate would run them. */
export class VaultHarness {
  readonly subscription = trustGuid<SubscriptionId>(randomGuid())
  readonly database: Database
  readonly tenant: TenantId
  readonly vault: Vault
  readonly #cleanUp: () => Promise<void>

  private constructor(parts: Pick<VaultHarness, 'database' | 'tenant' | 'vault'>, cleanUp: () => Promise<void>) {
    this.database = parts.database
    this.tenant = parts.tenant
    this.vault = parts.vault
    this.#cleanUp = cleanUp
  }

  /** On a new database of the engine, which `close` closes. */
  static async open(engine: EngineUnderTest, options: HarnessOptions): Promise<VaultHarness> {
    const opened = await engine.open(options)
    return VaultHarness.over(opened.database, options, () => opened.close())
  }

  static async over(
    database: Database,
    options: HarnessOptions,
    close = () => Promise.resolve(),
  ): Promise<VaultHarness> {
    const { clock, openedSecrets } = options
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-vault-'))
    const provider = createKeyEncryptionProvider({ kind: 'key-file', path: join(folder, 'kek') })
    const vault = createVault({
      database,
      rules: new VaultRules(),
      clock,
      seal: await createSeal({ database, provider, clock, logger: silentLogger }),
      authenticate: () => ({ outcome: 'refused', reason: 'missing', signed: false }),
      settings: { openedSecrets: openedSecrets ?? openedSecretsOff },
    })
    return new VaultHarness({ database, tenant: await createTenant(database), vault }, async () => {
      vault.close()
      await close()
      await rm(folder, { recursive: true })
    })
  }

  close(): Promise<void> {
    return this.#cleanUp()
  }

  /** Makes a vault as the control plane would, and gives its place. */
  async place(name = `kv-${randomGuid().slice(0, 13)}`, chosen: Partial<NewVault> = {}): Promise<Place> {
    const record = await this.createVault(name, chosen)
    assert.ok(record !== undefined)
    const place = await this.vault.resolve(name)
    assert.ok(place !== undefined)
    return place
  }

  createVault(name: string, chosen: Partial<NewVault> = {}): Promise<VaultRecord | undefined> {
    const vault: NewVault = {
      address: { subscription: this.subscription, resourceGroup: 'RG1', name },
      location: 'westeurope',
      tags: {},
      settings: {
        sku: 'standard',
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        purgeProtection: false,
        networkBypass: 'AzureServices',
        networkDefaultAction: 'Allow',
        ipRules: [],
        virtualNetworkRules: [],
        publicNetworkAccess: 'Enabled',
        privateEndpointConnections: [],
        rbacAuthorization: true,
        accessPolicies: [],
      },
      retentionDays: 90,
      author: { by: 'operator@test', type: 'User' },
      ...chosen,
    }
    return this.write((writer) => this.vault.vaults.create(writer, vault), 'generation')
  }

  write<T>(work: Parameters<typeof this.database.write<T>>[1], moves?: 'generation'): Promise<T> {
    return this.database.write({ tenant: this.tenant, ...(moves === undefined ? {} : { moves }) }, work)
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return this.database.read({ tenant: this.tenant }, work)
  }

  /** Runs one operation by its id: parse, prepare, handle in a transaction, respond. */
  async call(id: string, place: Place, parts: CallParts = {}): Promise<Answered> {
    const operation = this.vault.surface.operations.find((candidate) => candidate.id === id)
    assert.ok(operation !== undefined)
    const request = vaultRequest({ origin: `https://${place.name}.vault.azure.net`, ...parts, place })
    const { dialect } = this.vault.surface
    try {
      const response = await this.#run(operation, request)
      return answered(response.status, response.headers, response.body)
    } catch (failure) {
      if (!(failure instanceof ServiceError)) throw failure
      const response = dialect.error(failure, sampleFacts)
      return answered(response.status, response.headers, response.body)
    }
  }

  /** Sets a secret and gives its version. */
  async set(place: Place, name: string, value: string, more: object = {}): Promise<string> {
    const answer = await this.call('setSecret', place, { path: { name }, body: { value, ...more } })
    assert.equal(answer.status, 200, answer.text)
    return String(answer.body.id).split('/').at(-1) ?? ''
  }

  get(place: Place, name: string, version = '', parts: CallParts = {}): Promise<Answered> {
    return this.call('getSecret', place, { ...parts, path: { name, version } })
  }

  async #run(operation: Operation, request: OperationRequest) {
    const input = operation.parse(request)
    const { place } = request
    const { tenant } = place
    const shown = { origin: request.origin, apiVersion: request.apiVersion, facts: request.facts }
    const before = { tenant, caller: undefined, place, request: shown, permits: () => false }
    const prepared = await operation.prepare?.(before, input)
    const context = <Transaction extends Reader>(transaction: Transaction): OperationContext<Transaction> => ({
      ...before,
      transaction,
      decision: { outcome: 'allow', assignmentId, action: { kind: 'data', name: 'test' }, scope: rootScope },
    })
    const output =
      operation.access === 'read'
        ? await this.database.read({ tenant }, (reader) => operation.handle(context(reader), input, prepared))
        : await this.database.write({ tenant }, (writer) => operation.handle(context(writer), input, prepared))
    return operation.respond(output, request)
  }
}

function answered(
  status: number,
  headers: Readonly<Record<string, string>> | undefined,
  body: string | Buffer | undefined,
): Answered {
  const text = String(body ?? '')
  return { status, headers: headers ?? {}, text, body: text === '' ? undefined : JSON.parse(text) }
}
