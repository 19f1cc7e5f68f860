/** A server's vaults behind the real gate, on the database of a resource manager that makes and changes them. */
import assert from 'node:assert/strict'
import { insertOutbox } from '#audit/outbox-store.ts'
import type { Caller } from '#authentication/caller.ts'
import { createAuthorizer } from '#authorization/authorizer.ts'
import type { PrincipalId } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { RouteTable } from '#http/routes.ts'
import { createGate, type Gate } from '#operation/invoke.ts'
import type { Place, RequestFacts } from '#operation/operation.ts'
import type { TrustedService } from '#operation/place-rules.ts'
import { createSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import type { Database } from '#storage/database.ts'
import { createVault, type Vault } from '#vault/create-vault.ts'
import { VaultRules } from '#vault/network/vault-rules.ts'
import { openedSecretsOff } from '#vault/secrets/opened-secrets.ts'
import { sampleCaller, sampleFacts, vaultRequest } from '../support/vault-fixtures.ts'
import type { Answered, ArmHarness } from './arm-harness.ts'
import { type ReadRecord, readRecord, ScriptedLog } from './gate-scripted-log.ts'

/** Who calls, and how the call comes in: by default over the network, from 203.0.113.9. */
export interface DataCall {
  readonly as: PrincipalId
  readonly from?: string
  readonly through?: string
  readonly trustedService?: TrustedService
  readonly kind?: Caller['kind']
  readonly clientId?: Caller['clientId']
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string>>
  /** What a client claims in its headers. */
  readonly headers?: Readonly<Record<string, string>>
}

export const usualAddress = '203.0.113.9'

/** The data plane of one server process; several can stand beside one resource manager. */
export class DataPlane {
  readonly log = new ScriptedLog()
  readonly #arm: ArmHarness
  readonly #database: Database
  readonly #vault: Vault
  readonly #gate: Gate
  readonly #routes: RouteTable

  private constructor(arm: ArmHarness, database: Database, its: { readonly vault: Vault; readonly rules: VaultRules }) {
    this.#arm = arm
    this.#database = database
    this.#vault = its.vault
    const { surface } = its.vault
    this.#routes = new RouteTable(surface.operations, surface.apiVersions)
    this.#gate = createGate({
      database,
      authorizer: createAuthorizer(),
      rules: its.rules,
      audit: this.log,
      refusals: { count() {}, close: () => Promise.resolve() },
      outbox: { insert: insertOutbox },
      revalidate: () => Promise.resolve(undefined),
      clock: arm.clock,
      logger: silentLogger,
    })
  }

  static async open(arm: ArmHarness, database: Database = arm.database): Promise<DataPlane> {
    const rules = new VaultRules()
    const provider = createKeyEncryptionProvider({ kind: 'key-file', path: arm.keyFile })
    const vault = createVault({
      database,
      rules,
      clock: arm.clock,
      seal: await createSeal({ database, provider, clock: arm.clock, logger: silentLogger }),
      authenticate: () => ({ outcome: 'refused', reason: 'missing', signed: false }),
      settings: { openedSecrets: openedSecretsOff },
    })
    return new DataPlane(arm, database, { vault, rules })
  }

  close(): void {
    this.#vault.close()
  }

  get records(): readonly ReadRecord[] {
    return this.log.records.map(readRecord)
  }

  async place(vault: string): Promise<Place> {
    const place = await this.#vault.resolve(vault)
    assert.ok(place !== undefined)
    return place
  }

  /** Calls a vault by name; `path` is what stands before `?`. */
  async call(vault: string, method: string, path: string, call: DataCall): Promise<Answered> {
    const route = this.#routes.find(method, path.split('/').slice(1))
    assert.ok(route.kind === 'found')
    const chosen = route.choice.select('7.6')
    assert.ok(chosen !== undefined)
    const facts: RequestFacts = {
      ...sampleFacts,
      clientAddress: call.from ?? usualAddress,
      privateEndpoint: call.through,
    }
    const { status, headers, body } = await this.#gate.invoke({
      surface: this.#vault.surface,
      operation: chosen.operation,
      caller: await this.#callerOf(call),
      ...(call.trustedService === undefined ? {} : { trustedService: call.trustedService }),
      request: vaultRequest({
        place: await this.place(vault),
        method,
        origin: `https://${vault}.vault.azure.net`,
        path: route.path,
        apiVersion: '7.6',
        facts,
        header: (name) => call.headers?.[name.toLowerCase()],
        ...(call.query === undefined ? {} : { query: call.query }),
        ...(call.body === undefined ? {} : { body: call.body }),
      }),
    })
    const text = String(body ?? '')
    return { status, headers, text, body: text === '' ? undefined : JSON.parse(text) }
  }

  async #callerOf({ as, kind = 'application', clientId = sampleCaller.clientId }: DataCall): Promise<Caller> {
    const { tenant } = this.#arm
    const { epoch } = await this.#database.currentFreshness(tenant)
    return {
      ...sampleCaller,
      tenant,
      principal: as,
      kind,
      clientId,
      epoch,
      issuer: `https://sts.windows.net/${tenant}/`,
    }
  }
}

/** The id of a vault in the group `rg1`. */
export function vaultIdOf(arm: ArmHarness, name: string): string {
  return arm.inGroup(`/providers/Microsoft.KeyVault/vaults/${name}`)
}

/** A vault with these properties, made through the resource manager. */
export async function makeVault(arm: ArmHarness, name: string, properties: object = {}): Promise<void> {
  const made = await putVault(arm, name, properties)
  assert.equal(made.status, 201, made.text)
}

/** Creates or updates a vault. */
export function putVault(
  arm: ArmHarness,
  name: string,
  properties: object = {},
  sent: Parameters<ArmHarness['send']>[2] = {},
): Promise<Answered> {
  const usual = { tenantId: arm.tenant, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true }
  return arm.send('PUT', vaultIdOf(arm, name), {
    body: { location: 'westeurope', properties: { ...usual, ...properties } },
    ...sent,
  })
}
