import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomHex } from '#base/random.ts'
import {
  certificateToPem,
  createAuthorityCertificate,
  issueServerCertificate,
  summarizeCertificate,
} from '#crypto/certificates.ts'
import { exportPrivateKey, generateP256KeyPair, importPrivateKey } from '#crypto/signing.ts'
import type { Database } from '#storage/database.ts'
import { ensureDomain } from './create-seal.ts'
import { claimInstallationValues, loadInstallationValues, replaceInstallationValues } from './installation-store.ts'
import type { DomainSealer, Seal } from './seal.ts'

export interface CertificateAuthorityDependencies {
  readonly database: Database
  readonly seal: Seal
  readonly clock: Clock
  readonly logger: Logger
  /** DNS names that servers may be certified for, each with everything below it. Loopback addresses are always permitted. */
  readonly permittedNames: readonly string[]
}

/** A server's key and certificate in PEM. `chainPem` is the certificate followed by its authority's, as TLS sends them. */
export interface ServerCertificate {
  readonly keyPem: string
  readonly certificatePem: string
  readonly chainPem: string
  readonly notAfter: Date
}

export interface CertificateAuthority {
  /** What clients must trust. */
  readonly certificatePem: string
  /** Whether this start replaced an earlier authority, so that clients must be given the new one. */
  readonly changed: boolean
  /** Whether a DNS name, with or without a leading `*.`, or an IP address may be certified. */
  permits(name: string): boolean
  /**
   * A certificate of 90 days for these names (DNS names, of which the first label may be `*`, and loopback addresses), from
   * memory for its first 60 days. Throws `internal` / `NameNotPermitted` for a name outside the authority's constraints.
   */
  leafFor(names: readonly string[]): Promise<ServerCertificate>
}

const dayMilliseconds = 86_400_000
const authorityLifetimeDays = 3650
const leafLifetimeDays = 90
const leafRenewalDays = 60
/** Clients' clocks may be behind ours. */
const backdatedMilliseconds = 3_600_000
/** By the lists of names asked for; a caller that takes names from clients must not grow this without end. */
const maximumKeptLeaves = 256

const rowNames = ['ca-certificate', 'ca-key', 'ca-permitted-names'] as const

interface StoredAuthority {
  /** PEM. */
  readonly certificate: string
  /** Base64 of the sealed PKCS#8. */
  readonly key: string
  readonly permittedNames: string
}

/**
 * The installation's own certificate authority, made at first start with its key sealed under the domain `ca`. What it may
 * certify is frozen into its certificate: when `permittedNames` changed, or it is about to expire, a new authority takes its
 * place and a warning says so. Throws `internal` / `SealBroken` when the stored key or certificate was altered.
 * Source: RFC 5280 §4.2.1.10.
 */
export async function createCertificateAuthority(
  dependencies: CertificateAuthorityDependencies,
): Promise<CertificateAuthority> {
  const { database, seal, clock, logger } = dependencies
  const permittedNames = [...new Set(dependencies.permittedNames.map(parsePermittedName))].sort()
  const sealer = await ensureDomain(database, seal, 'ca')

  const found = await loadAuthority(database)
  const reason = found === undefined ? undefined : reasonToReplace(found, permittedNames, clock)
  if (found === undefined || reason !== undefined) {
    await storeAuthority(database, found, newAuthority(sealer, permittedNames, clock))
  }
  // Read back: of two processes that did this at once, the one that was first made the authority of both.
  const stored = await loadAuthority(database)
  if (stored === undefined) throw incomplete()
  if (reason !== undefined) {
    logger.warn(`There is a new certificate authority: ${reason}. Clients must be given its certificate.`, {
      fingerprint: summarizeCertificate(stored.certificate).fingerprint,
    })
  }
  return openAuthority({ stored, sealer, clock, permittedNames, changed: reason !== undefined })
}

async function loadAuthority(database: Database): Promise<StoredAuthority | undefined> {
  const values = await database.system('read', (kysely) => loadInstallationValues(kysely, rowNames))
  if (values.size === 0) return undefined
  const [certificate, key, permittedNames] = rowNames.map((name) => values.get(name))
  if (certificate === undefined || key === undefined || permittedNames === undefined) throw incomplete()
  return { certificate, key, permittedNames }
}

async function storeAuthority(
  database: Database,
  replaced: StoredAuthority | undefined,
  made: StoredAuthority,
): Promise<void> {
  const rows = [
    { name: 'ca-certificate', value: made.certificate },
    { name: 'ca-key', value: made.key },
    { name: 'ca-permitted-names', value: made.permittedNames },
  ] as const
  await database.system('write', (kysely) =>
    replaced === undefined
      ? claimInstallationValues(kysely, rows)
      : replaceInstallationValues(kysely, replaced.certificate, rows),
  )
}

function reasonToReplace(found: StoredAuthority, permittedNames: readonly string[], clock: Clock): string | undefined {
  if (found.permittedNames !== permittedNames.join(' ')) return 'the names that it may certify have changed'
  const { notAfter } = summarizeCertificate(found.certificate)
  const isEnding = notAfter.getTime() < clock.now().getTime() + leafLifetimeDays * dayMilliseconds
  return isEnding ? 'the former one has expired or soon will' : undefined
}

function newAuthority(sealer: DomainSealer, permittedNames: readonly string[], clock: Clock): StoredAuthority {
  const { privateKey } = generateP256KeyPair()
  const certificate = createAuthorityCertificate({
    privateKey,
    commonName: `Strongroom authority ${randomHex(4)}`,
    permittedDnsNames: permittedNames,
    ...validity(clock, authorityLifetimeDays),
  })
  const pem = certificateToPem(certificate)
  const pkcs8 = exportPrivateKey(privateKey)
  const key = sealer.seal(pkcs8, keyBinding(pem)).toString('base64')
  pkcs8.fill(0)
  return { certificate: pem, key, permittedNames: permittedNames.join(' ') }
}

interface OpenAuthority {
  readonly stored: StoredAuthority
  readonly sealer: DomainSealer
  readonly clock: Clock
  readonly permittedNames: readonly string[]
  readonly changed: boolean
}

function openAuthority({ stored, sealer, clock, permittedNames, changed }: OpenAuthority): CertificateAuthority {
  const pkcs8 = sealer.open(Buffer.from(stored.key, 'base64'), keyBinding(stored.certificate))
  const { privateKey } = importPrivateKey(pkcs8)
  pkcs8.fill(0)
  const authority = { privateKey, certificate: pemToDer(stored.certificate) }
  const leaves = new Map<string, { readonly leaf: ServerCertificate; readonly renewAtMilliseconds: number }>()

  function issue(names: readonly string[]): ServerCertificate {
    const keys = generateP256KeyPair()
    const dates = validity(clock, leafLifetimeDays)
    const certificatePem = certificateToPem(
      issueServerCertificate(authority, {
        publicKey: keys.publicKey,
        commonName: 'Strongroom server',
        names,
        ...dates,
      }),
    )
    return {
      keyPem: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      certificatePem,
      chainPem: certificatePem + stored.certificate,
      notAfter: dates.notAfter,
    }
  }

  function permits(name: string): boolean {
    if (name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)) return true
    const host = name.toLowerCase().replace(/^\*\./, '')
    return (
      dnsNamePattern.test(host) &&
      permittedNames.some((permitted) => host === permitted || host.endsWith(`.${permitted}`))
    )
  }

  return {
    certificatePem: stored.certificate,
    changed,
    permits,
    async leafFor(names) {
      const key = names.join(' ')
      const now = clock.now().getTime()
      const kept = leaves.get(key)
      if (kept !== undefined && now < kept.renewAtMilliseconds) return kept.leaf
      if (names.length === 0 || !names.every(permits)) {
        throw new ServiceError(
          'internal',
          'NameNotPermitted',
          'A name is outside what the certificate authority may certify.',
        )
      }
      const leaf = issue(names)
      const oldest = leaves.size < maximumKeptLeaves ? undefined : leaves.keys().next().value
      if (oldest !== undefined) leaves.delete(oldest)
      leaves.set(key, { leaf, renewAtMilliseconds: now + leafRenewalDays * dayMilliseconds })
      return leaf
    },
  }
}

const dnsNamePattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

function parsePermittedName(name: string): string {
  const lower = name.toLowerCase()
  // An address among the DNS names would permit nothing, and a public suffix is the operator's own choice.
  if (dnsNamePattern.test(lower) && !/^[\d.]+$/.test(lower)) return lower
  throw new ServiceError('malformed', 'InvalidName', `'${name}' is not a DNS name that servers can be certified for.`)
}

function validity(clock: Clock, lifetimeDays: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = clock.now().getTime()
  return {
    notBefore: new Date(now - backdatedMilliseconds),
    notAfter: new Date(now + lifetimeDays * dayMilliseconds),
  }
}

/** With the certificate in it, the key does not open beside another certificate. */
function keyBinding(certificatePem: string): readonly string[] {
  return ['strongroom-1', 'certificate-authority-key', summarizeCertificate(certificatePem).fingerprint]
}

function pemToDer(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
}

function incomplete(): ServiceError {
  return new ServiceError(
    'internal',
    'SealBroken',
    'The stored certificate authority is incomplete. Restore the database from a backup.',
  )
}
