import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  certificateToPem,
  createAuthorityCertificate,
  createSelfSignedCertificate,
  issueServerCertificate,
  summarizeCertificate,
} from './certificates.ts'
import { generateP256KeyPair, generateRsaKeyPair } from './signing.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const authorityKeys = generateP256KeyPair()
const authorityDer = createAuthorityCertificate({
  privateKey: authorityKeys.privateKey,
  commonName: 'Strongroom authority 1f2e',
  permittedDnsNames: ['vault.azure.net', 'localhost'],
  notBefore,
  notAfter: new Date('2051-12-31T23:59:59Z'),
})
const authority = { privateKey: authorityKeys.privateKey, certificate: authorityDer }

function leafFor(names: readonly string[]) {
  return issueServerCertificate(authority, {
    publicKey: generateP256KeyPair().publicKey,
    commonName: 'Strongroom server',
    names,
    notBefore,
    notAfter: new Date('2026-04-01T00:00:00Z'),
  })
}

describe('an authority', () => {
  test('is a certificate authority signed by itself, with dates on both sides of 2050', () => {
    const certificate = new X509Certificate(authorityDer)
    assert.equal(certificate.ca, true)
    assert.equal(certificate.verify(authorityKeys.publicKey), true)
    assert.equal(certificate.checkIssued(certificate), true)
    assert.deepEqual(summarizeCertificate(authorityDer), {
      subject: 'CN=Strongroom authority 1f2e',
      issuer: 'CN=Strongroom authority 1f2e',
      notBefore,
      notAfter: new Date('2051-12-31T23:59:59Z'),
      dnsNames: [],
      addresses: [],
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    })
  })
})

describe('a server certificate', () => {
  test('is issued by its authority, for its names only', () => {
    const leaf = new X509Certificate(
      leafFor(['*.vault.azure.net', 'localhost', '*.vault.localhost', '127.0.0.1', '::1']),
    )
    assert.equal(leaf.ca, false)
    assert.equal(leaf.verify(authorityKeys.publicKey), true)
    assert.equal(leaf.checkIssued(new X509Certificate(authorityDer)), true)
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    for (const host of ['kv1.vault.azure.net', 'kv1.vault.localhost', 'localhost']) {
      assert.notEqual(leaf.checkHost(host), undefined, host)
    }
    for (const host of ['vault.azure.net', 'a.b.vault.azure.net', 'www.example.com', 'Strongroom server']) {
      assert.equal(leaf.checkHost(host), undefined, host)
    }
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(leaf.checkIP('::1'), '::1')
    assert.equal(leaf.checkIP('10.0.0.1'), undefined)
  })

  test('reads back with its names, addresses and dates', () => {
    const summary = summarizeCertificate(certificateToPem(leafFor(['*.vault.localhost', '127.0.0.1'])))
    assert.deepEqual(summary.dnsNames, ['*.vault.localhost'])
    assert.deepEqual(summary.addresses, ['127.0.0.1'])
    assert.equal(summary.subject, 'CN=Strongroom server')
    assert.equal(summary.issuer, 'CN=Strongroom authority 1f2e')
    assert.deepEqual([summary.notBefore, summary.notAfter], [notBefore, new Date('2026-04-01T00:00:00Z')])
  })

  test('has a serial number of its own each time', () => {
    const serials = [leafFor(['localhost']), leafFor(['localhost'])].map((der) => new X509Certificate(der).serialNumber)
    assert.equal(new Set(serials).size, 2)
    for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
  })

  test('is not made for IPv6 addresses other than ::1', () => {
    assert.throws(() => leafFor(['fe80::1']), { kind: 'internal', code: 'InvalidName' })
  })
})

test('a token signing certificate holds the RSA key, is signed by it and certifies nobody', async () => {
  const { privateKey, publicKey } = await generateRsaKeyPair()
  const der = createSelfSignedCertificate({
    privateKey,
    commonName: 'Strongroom tokens',
    notBefore,
    notAfter: new Date('2031-01-01T00:00:00Z'),
  })
  const certificate = new X509Certificate(der)
  assert.equal(certificate.verify(publicKey), true)
  assert.equal(certificate.publicKey.equals(publicKey), true)
  assert.equal(certificate.ca, false)
})

test('what is no certificate is refused', () => {
  const refusal = { kind: 'malformed', code: 'InvalidCertificate' }
  assert.throws(() => summarizeCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), refusal)
  assert.throws(() => summarizeCertificate(authorityDer.subarray(0, 100)), refusal)
})
