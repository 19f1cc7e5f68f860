/**
 * app: configuration, composition, serving and stopping. The only place that constructs things; holds no rule of its own.
 */
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { tryParseIpAddress } from '#base/ip-range.ts'
import { SecretValue } from '#base/secret-value.ts'

/** The flags of `serve`, as words; undefined where a flag was not given. */
export interface ServeFlags {
  readonly dataDirectory: string
  readonly httpsPort?: string | undefined
  readonly proxyPort?: string | undefined
  readonly identityPort?: string | undefined
  readonly healthPort?: string | undefined
  readonly listen?: string | undefined
  /** Each `NAME=ADDRESS[:PORT]`. */
  readonly privateEndpoints?: readonly string[] | undefined
  readonly domain?: string | undefined
  readonly database?: string | undefined
  readonly databaseUrlFile?: string | undefined
  readonly kekFile?: string | undefined
  readonly passphraseFile?: string | undefined
  readonly checkpointFile?: string | undefined
  /** `NAME=file:PATH`, each. */
  readonly auditSinks?: readonly string[] | undefined
  readonly tlsCertificateFile?: string | undefined
  readonly tlsKeyFile?: string | undefined
  /** Leave an audit lane that start refuses, and open the next one. */
  readonly newAuditLane?: boolean | undefined
  readonly passThrough: boolean
  readonly development: boolean
  /** What a test breaks on purpose; see `Fault`. */
  readonly fault?: string | undefined
}

/** `no-dsync`: the audit log does not wait for the disk, so that a test can see that it would notice. */
export type Fault = 'no-dsync'

export type DatabaseChoice =
  | { readonly engine: 'sqlite' }
  | { readonly engine: 'postgres'; readonly connectionString: SecretValue }

export type KeyEncryptionChoice =
  | { readonly kind: 'key-file'; readonly path: string }
  | { readonly kind: 'passphrase'; readonly path: string }

/** A place outside the log that diagnostic settings may choose for copies of records. */
export interface FileSinkChoice {
  readonly name: string
  /** Absolute. */
  readonly path: string
}

export interface OwnCertificate {
  readonly certificatePem: string
  readonly privateKeyPem: SecretValue
}

/** A source network's name, and the one address at which only it reaches this server. */
export interface PrivateEndpointConfig {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** Everything a server needs to know before it starts. Secret-typed members cannot be printed. */
export interface ServerConfig {
  readonly dataDirectory: string
  /** Ports; 0 takes a free one. */
  readonly httpsPort: number
  readonly proxyPort: number
  readonly identityPort: number
  readonly healthPort: number
  readonly listenAddress: string
  /** Source networks that vaults can approve: each has a listener of its own. */
  readonly privateEndpoints: readonly PrivateEndpointConfig[]
  /** The own domain, in lower case: `NAME.vault.<domain>`. */
  readonly domain: string
  readonly database: DatabaseChoice
  readonly keyEncryption: KeyEncryptionChoice
  /** The second place of audit checkpoints, best on another disk. */
  readonly checkpointFile: string
  readonly auditSinks: readonly FileSinkChoice[]
  /** The operator's own certificate chain and key (PEM), for the names under `domain`; else our CA certifies them. */
  readonly ownCertificate: OwnCertificate | undefined
  readonly newAuditLane: boolean
  /** Whether sessions may reach other hosts through the proxy. */
  readonly passThrough: boolean
  readonly development: boolean
  readonly fault: Fault | undefined
}

const domainPattern = /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** The configuration that flags and environment describe. Throws `malformed` / `InvalidConfiguration`, naming the flag. */
export function parseServerConfig(flags: ServeFlags): ServerConfig {
  const dataDirectory = resolve(flags.dataDirectory)
  const listenAddress = flags.listen ?? '127.0.0.1'
  if (isIP(listenAddress) === 0) throw invalid('--listen', 'takes an IP address.')
  const domain = (flags.domain ?? 'localhost').toLowerCase()
  if (!domainPattern.test(domain)) throw invalid('--domain', 'takes a DNS name.')
  if (flags.kekFile !== undefined && flags.passphraseFile !== undefined) {
    throw invalid('--kek-file', 'and --passphrase-file cannot both be given.')
  }
  const httpsPort = parsePort(flags.httpsPort, '--https-port', 8443)
  return {
    dataDirectory,
    httpsPort,
    proxyPort: parsePort(flags.proxyPort, '--proxy-port', 8480),
    identityPort: parsePort(flags.identityPort, '--identity-port', 8481),
    healthPort: parsePort(flags.healthPort, '--health-port', 8482),
    listenAddress,
    privateEndpoints: parsePrivateEndpoints(flags.privateEndpoints ?? [], httpsPort),
    domain,
    database: parseDatabase(flags),
    keyEncryption:
      flags.passphraseFile === undefined
        ? { kind: 'key-file', path: resolve(flags.kekFile ?? join(dataDirectory, 'keys', 'key-encryption-key')) }
        : { kind: 'passphrase', path: resolve(flags.passphraseFile) },
    checkpointFile: resolve(flags.checkpointFile ?? join(dataDirectory, 'checkpoints', 'latest')),
    auditSinks: parseAuditSinks(flags.auditSinks ?? []),
    ownCertificate: readOwnCertificate(flags),
    newAuditLane: flags.newAuditLane ?? false,
    passThrough: flags.passThrough,
    development: flags.development,
    fault: parseFault(flags),
  }
}

function parseFault({ fault, development }: ServeFlags): Fault | undefined {
  if (fault === undefined) return undefined
  if (!development) throw invalid('--fault', 'breaks the server for a test; it needs --dev.')
  if (fault !== 'no-dsync') throw invalid('--fault', "takes 'no-dsync'.")
  return fault
}

function invalid(flag: string, why: string): ServiceError {
  return new ServiceError('malformed', 'InvalidConfiguration', `${flag} ${why}`, { target: flag })
}

function parsePort(text: string | undefined, flag: string, otherwise: number): number {
  if (text === undefined) return otherwise
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 0 && port <= 65_535)) throw invalid(flag, 'takes a port from 0 to 65535.')
  return port
}

const privateEndpointName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/

function parsePrivateEndpoints(texts: readonly string[], httpsPort: number): readonly PrivateEndpointConfig[] {
  const flag = '--private-endpoint'
  const endpoints = texts.map((text): PrivateEndpointConfig => {
    const equals = text.indexOf('=')
    const name = text.slice(0, Math.max(equals, 0))
    const { address, port } = splitAddress(text.slice(equals + 1))
    if (!privateEndpointName.test(name) || isIP(address) === 0) {
      throw invalid(flag, 'takes NAME=ADDRESS[:PORT], where ADDRESS is an IP address, in brackets if IPv6 with a port.')
    }
    if (tryParseIpAddress(address)?.range() === 'unspecified')
      throw invalid(flag, 'takes one address of this machine, not all of them.')
    return { name, address, port: parsePort(port, flag, httpsPort) }
  })
  const names = new Set(endpoints.map(({ name }) => name.toLowerCase()))
  if (names.size < endpoints.length) throw invalid(flag, 'was given the same name twice.')
  return endpoints
}

/** An address, or an address and a port; an IPv6 address with a port stands in brackets. */
function splitAddress(text: string): { readonly address: string; readonly port: string | undefined } {
  if (isIP(text) !== 0) return { address: text, port: undefined }
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(.*)$/.exec(text) ?? []
  return { address: bracketed !== undefined && isIP(bracketed) !== 6 ? '' : (bracketed ?? plain ?? ''), port }
}

/** Parameters of a PostgreSQL address that are secrets themselves. Source: PostgreSQL 18 §32.1.2. */
const secretParameters: ReadonlySet<string> = new Set([
  'password',
  'sslpassword',
  'oauth_client_secret',
  'scram_client_key',
  'scram_server_key',
])

function parseDatabase(flags: ServeFlags): DatabaseChoice {
  if (flags.databaseUrlFile !== undefined) {
    if (flags.database !== undefined && flags.database !== 'postgres')
      throw invalid('--database-url-file', 'is for PostgreSQL.')
    return {
      engine: 'postgres',
      connectionString: SecretValue.fromText(
        checkUrl(readPrivateLine(flags.databaseUrlFile), '--database-url-file').href,
      ),
    }
  }
  if (flags.database === undefined || flags.database === 'sqlite') return { engine: 'sqlite' }
  const url = checkUrl(flags.database, '--database')
  // The process list shows arguments to every user of the machine.
  if (url.password !== '' || [...url.searchParams.keys()].some((key) => secretParameters.has(key.toLowerCase())))
    throw invalid('--database', 'must not carry a password. Use --database-url-file, or a PostgreSQL password file.')
  return { engine: 'postgres', connectionString: SecretValue.fromText(url.href) }
}

function checkUrl(text: string, flag: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw invalid(flag, "takes 'sqlite' or a postgres:// address.")
  return url
}

function readOwnCertificate(flags: ServeFlags): OwnCertificate | undefined {
  const { tlsCertificateFile, tlsKeyFile } = flags
  if (tlsCertificateFile === undefined && tlsKeyFile === undefined) return undefined
  if (tlsCertificateFile === undefined || tlsKeyFile === undefined) {
    throw invalid('--tls-certificate-file', 'and --tls-key-file belong together.')
  }
  const privateKeyPem = SecretValue.fromText(readPrivateFile(tlsKeyFile, '--tls-key-file'))
  return { certificatePem: readNamedFile(tlsCertificateFile, '--tls-certificate-file'), privateKeyPem }
}

const sinkPattern = /^([A-Za-z0-9][A-Za-z0-9._-]{0,62})=file:(.+)$/

function parseAuditSinks(texts: readonly string[]): readonly FileSinkChoice[] {
  const names = new Set<string>()
  return texts.map((text) => {
    const [, name = '', path = ''] = sinkPattern.exec(text) ?? []
    if (name === '') throw invalid('--audit-sink', 'takes NAME=file:PATH, a name of letters, digits and hyphens first.')
    if (names.has(name.toLowerCase())) throw invalid('--audit-sink', `names the sink '${name}' twice.`)
    names.add(name.toLowerCase())
    return { name, path: resolve(path) }
  })
}

/** The first line of a file that nobody else may read. */
function readPrivateLine(path: string): string {
  return (readPrivateFile(path, '--database-url-file').split('\n')[0] ?? '').trim()
}

function readPrivateFile(path: string, flag: string): string {
  const text = readNamedFile(path, flag)
  if ((statSync(path).mode & 0o077) !== 0) throw invalid(flag, 'names a file that others may read; give it mode 0600.')
  return text
}

function readNamedFile(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const sentence = `${flag} names a file that cannot be read.`
    throw new ServiceError('malformed', 'InvalidConfiguration', sentence, { target: flag, cause })
  }
}
