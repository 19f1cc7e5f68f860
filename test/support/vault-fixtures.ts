import type { Caller } from '#authentication/caller.ts'
import type { NonEmpty, Requirement } from '#authorization/decision.ts'
import { parseScope } from '#authorization/scope.ts'
import { systemClock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { randomBytes } from '#base/random.ts'
import { importDataKey, openBytes, sealBytes } from '#crypto/envelope.ts'
import type { Operation, OperationRequest, Place, PreparationContext, RequestFacts } from '#operation/operation.ts'
import type { PlaceRules, PlaceRulesSource } from '#operation/place-rules.ts'
import type { DomainSealer, Seal } from '#seal/seal.ts'
import type { Database } from '#storage/database.ts'
import { VaultRules } from '#vault/network/vault-rules.ts'
import { OpenedSecrets, openedSecretsOff } from '#vault/secrets/opened-secrets.ts'
import type { SecretDependencies } from '#vault/secrets/secret-dependencies.ts'
import { VaultStore } from '#vault/vault-store.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')

/** The place `kv1` of a tenant that exists nowhere. */
export const samplePlace: Place = {
  kind: 'vault',
  tenant,
  id: trustGuid('22222222-2222-4222-8222-222222222222'),
  scope: parseScope(
    '/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/RG-one/providers/Microsoft.KeyVault/vaults/kv1',
  ),
  name: 'kv1',
  location: 'westeurope',
}

export const sampleFacts: RequestFacts = {
  requestId: trustGuid('44444444-4444-4444-8444-444444444444'),
  clientRequestId: 'client-1',
  clientAddress: '127.0.0.1',
  userAgent: 'test',
  tlsVersion: 'TLS1_3',
  remotePort: 1,
  localPort: 2,
  startedAtMilliseconds: 0,
}

export const sampleCaller: Caller = {
  tenant,
  principal: trustGuid<PrincipalId>('55555555-5555-4555-8555-555555555555'),
  kind: 'application',
  clientId: trustGuid<ClientId>('66666666-6666-4666-8666-666666666666'),
  tokenId: 'uti',
  keyId: 'key-1',
  issuedAtSeconds: 0,
  expiresAtSeconds: 3600,
  issuer: `https://sts.windows.net/${tenant}/`,
  epoch: 0,
  auditClaimsJson: '{}',
  displayName: undefined,
}

/** A request to a vault as the edge hands it on. */
export function vaultRequest(
  parts: Partial<Omit<OperationRequest, 'body' | 'query'>> & {
    readonly body?: unknown
    readonly query?: Readonly<Record<string, string>>
  } = {},
): OperationRequest {
  const { body, query, ...rest } = parts
  return {
    place: samplePlace,
    method: 'GET',
    origin: 'https://kv1.vault.azure.net',
    path: {},
    apiVersion: '7.4',
    header: () => undefined,
    contentType: 'application/json',
    facts: sampleFacts,
    ...rest,
    query: new Map(Object.entries(query ?? {})),
    body: Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  }
}

/** A domain sealer under a key of its own, which exists in memory only. */
export function memorySealer(domain: string): DomainSealer {
  const key = importDataKey(randomBytes(32))
  const keyId = randomBytes(16)
  return {
    domain,
    seal: (plaintext, binding) => sealBytes(key, keyId, plaintext, binding),
    open: (sealed, binding) => openBytes(key, sealed, binding),
  }
}

/** For `assert.throws`: a service error with this status class, code and message. */
export function refusalOf(kind: string, code: string, message: string | RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof ServiceError &&
    error.kind === kind &&
    error.code === code &&
    (typeof message === 'string' ? error.message === message : message.test(error.message))
}

/** What `requirements` and `prepare` are given for a request at the sample place. */
export const samplePreparation: PreparationContext = {
  tenant,
  caller: sampleCaller,
  place: samplePlace,
  request: { origin: 'https://kv1.vault.azure.net', apiVersion: '7.4', facts: sampleFacts },
  permits: () => false,
}

export const sampleSealer = memorySealer(`vault/${samplePlace.id}`)

const sampleSeal: Seal = {
  createDomain: () => Promise.resolve(),
  destroyDomain: () => Promise.resolve(),
  domain: () => Promise.resolve(sampleSealer),
  openedDomain: () => undefined,
}

const open: PlaceRules = { admit: () => ({ outcome: 'admitted', as: 'public' }), accessPolicies: undefined }

/** Of vaults that admit every connection and go by roles. */
export const openRules: PlaceRulesSource = {
  cached: () => open,
  load: () => Promise.resolve(open),
}

const opened = new OpenedSecrets(openedSecretsOff, systemClock)
const database = Object.freeze({}) as Database
/** For what an operation does without a database: one is not there, and asking for it fails. */
export const sampleDependencies: SecretDependencies = {
  seal: sampleSeal,
  vaults: new VaultStore({ database, seal: sampleSeal, rules: new VaultRules(), opened }),
  opened,
  backupSealer: () => Promise.resolve(sampleSealer),
}

type Guarded<Input, Prepared, Output> = Extract<Operation<Input, Prepared, Output>, { open?: never }>

/** An operation over `sampleDependencies`, known to ask who may. */
export function sampleOperation<Input, Prepared, Output>(
  create: (dependencies: SecretDependencies) => Operation<Input, Prepared, Output>,
): Guarded<Input, Prepared, Output> {
  const operation = create(sampleDependencies)
  if (operation.open !== undefined) throw new TypeError(`Operation '${operation.id}' is open.`)
  return operation
}

/** What an operation requires for this input at the sample place. */
export async function requirementsOf<Input, Prepared, Output>(
  operation: Guarded<Input, Prepared, Output>,
  input: Input,
): Promise<NonEmpty<Requirement>> {
  const requirements = await operation.requirements(samplePreparation, input)
  if (requirements === 'filtered') throw new TypeError(`Operation '${operation.id}' asks nobody.`)
  return requirements
}
