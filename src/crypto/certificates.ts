import { createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { ServiceError } from '#base/errors.ts'
import {
  derBitString,
  derInteger,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSetOf,
  derText,
  derTime,
  derTrue,
  derValue,
} from './der.ts'
import { sha256 } from './hash.ts'

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A certificate authority in use: its private key, and its certificate in DER. */
export interface AuthorityKey {
  readonly privateKey: KeyObject
  readonly certificate: Buffer
}

export interface AuthorityCertificateRequest extends Validity {
  readonly privateKey: KeyObject
  readonly commonName: string
  /** DNS names it may certify, each with everything below it: `localhost` permits `kv1.vault.localhost`. */
  readonly permittedDnsNames: readonly string[]
}

export interface ServerCertificateRequest extends Validity {
  readonly publicKey: KeyObject
  /** Not a host name: clients must look at `names` alone. */
  readonly commonName: string
  /** DNS names, of which the first label may be `*`, and IP addresses. */
  readonly names: readonly string[]
}

export interface SelfSignedCertificateRequest extends Validity {
  readonly privateKey: KeyObject
  readonly commonName: string
}

/** What an operator or a check wants to know of a certificate. */
export interface CertificateSummary extends Validity {
  readonly subject: string
  readonly issuer: string
  readonly dnsNames: readonly string[]
  readonly addresses: readonly string[]
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
}

const oid = {
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  rsaWithSha256: '1.2.840.113549.1.1.11',
} as const

/** Bits counted from the left. Source: RFC 5280 §4.2.1.3. */
const keyUsage = {
  digitalSignature: derBitString(Buffer.from([0b1000_0000]), 7),
  certificateAndListSigning: derBitString(Buffer.from([0b0000_0110]), 1),
}

/**
 * The certificate (DER) of an authority that may certify servers below the given DNS names and on loopback addresses, and
 * nothing else: its constraints are critical, and it may not appoint further authorities.
 * The address constraints are always there: with DNS entries alone, every address would be permitted.
 * Source: RFC 5280 §4.2.1.9, §4.2.1.10.
 */
export function createAuthorityCertificate(request: AuthorityCertificateRequest): Buffer {
  const publicKey = createPublicKey(request.privateKey)
  const name = distinguishedName(request.commonName)
  return signCertificate(request.privateKey, {
    ...request,
    issuer: name,
    subject: name,
    publicKey,
    extensions: [
      extension(oid.basicConstraints, true, derSequence(derTrue, derInteger(Buffer.from([0])))),
      extension(oid.keyUsage, true, keyUsage.certificateAndListSigning),
      extension(oid.nameConstraints, true, nameConstraints(request.permittedDnsNames)),
      ...keyIdentifiers(publicKey, publicKey),
    ],
  })
}

/**
 * The certificate (DER) of a TLS server, signed by the authority. The names are not checked here: an authority's own
 * constraints hold whatever was signed. Throws `internal` / `InvalidName` for an address of unknown form.
 */
export function issueServerCertificate(authority: AuthorityKey, request: ServerCertificateRequest): Buffer {
  const issuer = new X509Certificate(authority.certificate)
  return signCertificate(authority.privateKey, {
    ...request,
    issuer: distinguishedName(commonNameOf(issuer)),
    subject: distinguishedName(request.commonName),
    extensions: [
      extension(oid.basicConstraints, true, derSequence()),
      extension(oid.keyUsage, true, keyUsage.digitalSignature),
      extension(oid.extendedKeyUsage, false, derSequence(derObjectIdentifier(oid.serverAuthentication))),
      extension(oid.subjectAlternativeName, false, derSequence(...request.names.map(generalName))),
      ...keyIdentifiers(request.publicKey, issuer.publicKey),
    ],
  })
}

/** The self-signed certificate (DER) of a token signing key, for `x5c` and `x5t`; trusted by nobody for anything else. */
export function createSelfSignedCertificate(request: SelfSignedCertificateRequest): Buffer {
  const publicKey = createPublicKey(request.privateKey)
  const name = distinguishedName(request.commonName)
  return signCertificate(request.privateKey, {
    ...request,
    issuer: name,
    subject: name,
    publicKey,
    extensions: [
      extension(oid.basicConstraints, true, derSequence()),
      extension(oid.keyUsage, true, keyUsage.digitalSignature),
      ...keyIdentifiers(publicKey, publicKey),
    ],
  })
}

/** A certificate as PEM, with a line end at its end. Source: RFC 7468 §5. */
export function certificateToPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** What a certificate (PEM or DER) says of itself. Throws `malformed` / `InvalidCertificate` when it is none. */
export function summarizeCertificate(pemOrDer: string | Buffer): CertificateSummary {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(pemOrDer)
  } catch {
    throw new ServiceError('malformed', 'InvalidCertificate', 'This is not an X.509 certificate in PEM or DER.')
  }
  const alternatives = certificate.subjectAltName?.split(', ') ?? []
  const namesOf = (prefix: string) =>
    alternatives.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    dnsNames: namesOf('DNS:'),
    addresses: namesOf('IP Address:'),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}

interface CertificateContents extends Validity {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** Source: RFC 5280 §4.1. */
function signCertificate(signingKey: KeyObject, contents: CertificateContents): Buffer {
  const algorithm = signatureAlgorithm(signingKey)
  const toBeSigned = derSequence(
    derValue(0xa0, derInteger(Buffer.from([2]))),
    derInteger(serialNumber()),
    algorithm,
    contents.issuer,
    derSequence(derTime(contents.notBefore), derTime(contents.notAfter)),
    contents.subject,
    contents.publicKey.export({ format: 'der', type: 'spki' }),
    derValue(0xa3, derSequence(...contents.extensions)),
  )
  return derSequence(toBeSigned, algorithm, derBitString(sign('sha256', toBeSigned, signingKey)))
}

function signatureAlgorithm(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') return derSequence(derObjectIdentifier(oid.rsaWithSha256), derNull)
  return derSequence(derObjectIdentifier(oid.ecdsaWithSha256))
}

/** 127 random bits below a set bit, so that it is positive and its length says nothing. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

function distinguishedName(commonName: string): Buffer {
  return derSequence(derSetOf(derSequence(derObjectIdentifier(oid.commonName), derText(commonName))))
}

/** Our authorities have a subject of one member, so this gives back what `distinguishedName` was made from. */
function commonNameOf(certificate: X509Certificate): string {
  return certificate.subject.replace(/^CN=/, '')
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  return derSequence(derObjectIdentifier(type), ...(critical ? [derTrue] : []), derOctetString(value))
}

function keyIdentifiers(subject: KeyObject, issuer: KeyObject): Buffer[] {
  return [
    extension(oid.subjectKeyIdentifier, false, derOctetString(keyIdentifier(subject))),
    extension(oid.authorityKeyIdentifier, false, derSequence(derValue(0x80, keyIdentifier(issuer)))),
  ]
}

/** The leftmost 160 bits of a SHA-256, over the whole public key structure. Source: RFC 7093 §2. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return sha256(publicKey.export({ format: 'der', type: 'spki' })).subarray(0, 20)
}

const loopbackSubtrees = [
  derSequence(derValue(0x87, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0]))),
  derSequence(derValue(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 0xff)]))),
]

function nameConstraints(dnsNames: readonly string[]): Buffer {
  const dnsSubtrees = dnsNames.map((name) => derSequence(derValue(0x82, Buffer.from(name, 'latin1'))))
  return derSequence(derValue(0xa0, ...dnsSubtrees, ...loopbackSubtrees))
}

/** Source: RFC 5280 §4.2.1.6: dNSName is [2], iPAddress [7] in network byte order. */
function generalName(name: string): Buffer {
  if (name === '::1') return derValue(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))
  if (name.includes(':')) {
    throw new ServiceError('internal', 'InvalidName', 'Of the IPv6 addresses only ::1 can be certified.')
  }
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return derValue(0x87, Buffer.from(name.split('.').map(Number)))
  return derValue(0x82, Buffer.from(name, 'latin1'))
}
