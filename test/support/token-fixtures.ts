/** A tenant with a signing key that exist in memory only, and tokens made by hand, good and bad. */
import type { PrincipalStanding } from '#authentication/principal-standing.ts'
import type { Revocations } from '#authentication/revocations.ts'
import { audienceSet, issuerV1 } from '#authentication/token-claims.ts'
import type { VerificationKey, VerificationKeys } from '#authentication/verification-keys.ts'
import type { Clock } from '#base/clock.ts'
import { type ClientId, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { generateRsaKeyPair, type KeyPair, signRs256 } from '#crypto/signing.ts'
import type { DomainSealer, Seal } from '#seal/seal.ts'
import { memorySealer } from './vault-fixtures.ts'

export const tokenTenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')
export const otherTenant = trustGuid<TenantId>('99999999-9999-4999-8999-999999999999')
export const tokenPrincipal = trustGuid<PrincipalId>('55555555-5555-4555-8555-555555555555')
export const tokenClient = trustGuid<ClientId>('66666666-6666-4666-8666-666666666666')
export const vaultAudiences = audienceSet(['https://vault.azure.net', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093'])
/** 2026-11-01T12:00:00Z. */
export const startSeconds = 1_793_534_400

/** Stands still until it is moved. */
export class TestClock implements Clock {
  milliseconds = startSeconds * 1000

  now(): Date {
    return new Date(this.milliseconds)
  }

  monotonicMilliseconds(): number {
    return this.milliseconds
  }

  advance(seconds: number): void {
    this.milliseconds += seconds * 1000
  }
}

/** Keys held in memory, with a count of how often they were read again. */
export class MemoryKeys implements VerificationKeys {
  readonly held = new Map<string, VerificationKey>()
  epoch = 1
  refreshed = 0
  /** Called by each refresh: what another process has done meanwhile. */
  onRefresh: () => void = () => undefined

  find(keyId: string): VerificationKey | undefined {
    return this.held.get(keyId)
  }

  areCurrent(_tenant: TenantId, epoch: number): boolean {
    return this.epoch >= epoch
  }

  async refresh(): Promise<void> {
    this.refreshed++
    this.onRefresh()
  }

  async isWithdrawn(_reader: unknown, keyId: string): Promise<boolean> {
    return !this.held.has(keyId)
  }

  async refreshForUnknownKey(): Promise<boolean> {
    if (this.refreshed > 0) return false
    await this.refresh()
    return true
  }
}

/** Standings held in memory, with a count of how often they were read. */
export class MemoryRevocations implements Revocations {
  readonly standings = new Map<PrincipalId, PrincipalStanding>()
  epoch = 1
  loaded = 0

  knownEpoch(): number {
    return this.epoch
  }

  async load(_tenant: TenantId, principal: PrincipalId) {
    this.loaded++
    return { epoch: this.epoch, standing: this.standings.get(principal) }
  }
}

/** The claims of a good token, minted at `startSeconds` for a managed identity. */
export function sampleClaims(changed: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    aud: 'https://vault.azure.net',
    iss: issuerV1(tokenTenant),
    iat: startSeconds - 300,
    nbf: startSeconds - 300,
    exp: startSeconds + 3600,
    appid: tokenClient,
    appidacr: '2',
    idtyp: 'app',
    oid: tokenPrincipal,
    sub: tokenPrincipal,
    tid: tokenTenant,
    uti: 'uti-1',
    ver: '1.0',
    xms_mirid: '/subscriptions/s/resourcegroups/rg/providers/Microsoft.App/containerApps/app',
    ...changed,
  }
}

export function encodePart(part: unknown): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url')
}

/** A compact token, whatever its header says, signed RS256 by this key. */
export function signToken(
  pair: KeyPair,
  claims: Readonly<Record<string, unknown>> = sampleClaims(),
  header: Readonly<Record<string, unknown>> = {},
): string {
  const signed = `${encodePart({ typ: 'JWT', alg: 'RS256', kid: 'key-1', x5t: 'key-1', ...header })}.${encodePart(claims)}`
  return `${signed}.${signRs256(pair.privateKey, Buffer.from(signed)).toString('base64url')}`
}

export interface TokenWorld {
  readonly pair: KeyPair
  readonly clock: TestClock
  readonly keys: MemoryKeys
  readonly revocations: MemoryRevocations
}

/** One pair for all worlds of a test run: making one takes longer than most tests. */
const samplePair = generateRsaKeyPair()

/** A tenant whose key is `key-1`, with one principal in good standing. */
export async function createTokenWorld(): Promise<TokenWorld> {
  const pair = await samplePair
  const keys = new MemoryKeys()
  keys.held.set('key-1', { tenant: tokenTenant, publicKey: pair.publicKey })
  const revocations = new MemoryRevocations()
  revocations.standings.set(tokenPrincipal, { enabled: true, tokensValidFrom: 0 })
  return { pair, clock: new TestClock(), keys, revocations }
}

/** A seal whose domain keys are in memory, shared by all who share the seal. */
export function createMemorySeal(): Seal {
  const domains = new Map<string, DomainSealer>()
  const open = (name: string): DomainSealer => {
    const sealer = domains.get(name) ?? memorySealer(name)
    domains.set(name, sealer)
    return sealer
  }
  return {
    createDomain: async () => undefined,
    destroyDomain: async () => undefined,
    domain: async (name) => open(name),
    openedDomain: open,
  }
}
