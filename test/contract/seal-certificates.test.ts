import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { promisify } from 'node:util'
import { certificateToPem, createAuthorityCertificate, issueServerCertificate } from '#crypto/certificates.ts'
import { generateP256KeyPair } from '#crypto/signing.ts'
import { missing } from '../support/components.ts'

const run = promisify(execFile)
const dayMilliseconds = 86_400_000
const notBefore = new Date(Date.now() - 3_600_000)
const authorityKeys = generateP256KeyPair()
const authority = {
  privateKey: authorityKeys.privateKey,
  certificate: createAuthorityCertificate({
    privateKey: authorityKeys.privateKey,
    commonName: 'Strongroom authority 1f2e',
    permittedDnsNames: ['vault.azure.net', 'login.microsoftonline.com', 'azurecontainerapps.dev', 'localhost'],
    notBefore,
    notAfter: new Date(Date.now() + 3650 * dayMilliseconds),
  }),
}
const authorityPem = certificateToPem(authority.certificate)

const permitted = [
  { certified: '*.vault.azure.net', host: 'kv1.vault.azure.net' },
  { certified: 'login.microsoftonline.com', host: 'login.microsoftonline.com' },
  { certified: 'web.blue.westeurope.azurecontainerapps.dev', host: 'web.blue.westeurope.azurecontainerapps.dev' },
  { certified: '*.vault.localhost', host: 'kv1.vault.localhost' },
  { certified: 'localhost', host: 'localhost' },
  { certified: '127.0.0.1', host: '127.0.0.1' },
  { certified: '127.200.3.4', host: '127.200.3.4' },
  { certified: '::1', host: '::1' },
]
const refused = [
  { certified: 'www.example.com', host: 'www.example.com' },
  { certified: 'azure.net', host: 'azure.net' },
  { certified: 'evilvault.azure.net', host: 'evilvault.azure.net' },
  { certified: 'vault.azure.net.example.com', host: 'vault.azure.net.example.com' },
  { certified: '10.0.0.1', host: '10.0.0.1' },
  { certified: '128.0.0.1', host: '128.0.0.1' },
]

function leafFor(name: string) {
  const keys = generateP256KeyPair()
  const certificate = issueServerCertificate(authority, {
    publicKey: keys.publicKey,
    commonName: 'Strongroom server',
    names: [name],
    notBefore,
    notAfter: new Date(Date.now() + 90 * dayMilliseconds),
  })
  return {
    key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: certificateToPem(certificate) + authorityPem,
  }
}

/** A verified TLS handshake by this process with a server that shows the leaf; throws what the client says. */
async function handshake(name: string, host: string): Promise<void> {
  const server = createServer(leafFor(name)).on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ca: authorityPem,
    ...(isIP(host) ? { checkServerIdentity: () => undefined } : { servername: host }),
  })
  try {
    await once(socket, 'secureConnect')
  } finally {
    socket.destroy()
    server.close()
  }
}

const pythonHandshake = `
import ssl, sys
cafile, chain, key, host = sys.argv[1:]
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(chain, key)
client = ssl.create_default_context(cafile=cafile)
client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
s = server.wrap_bio(a, b, server_side=True)
c = client.wrap_bio(b, a, server_hostname=host)
done = set()
while len(done) < 2:
    for name, side in (("c", c), ("s", s)):
        try:
            side.do_handshake()
            done.add(name)
        except ssl.SSLWantReadError:
            pass
print("verified", c.version())
`

const withOpenssl = { skip: missing('openssl', ['version']) }
const withPython = { skip: missing('python3', ['--version']) }

describe('the certificates of our authority', () => {
  let folder = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-certificates-'))
    await writeFile(join(folder, 'ca.pem'), authorityPem)
    await writeFile(join(folder, 'handshake.py'), pythonHandshake)
  })

  after(() => rm(folder, { recursive: true, force: true }))

  async function opensslVerify(name: string, host: string) {
    const leafFile = join(folder, `${encodeURIComponent(name)}.pem`)
    await writeFile(leafFile, leafFor(name).cert)
    const check = isIP(host) ? '-verify_ip' : '-verify_hostname'
    const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver']
    return run('openssl', ['verify', ...strict, check, host, '-CAfile', join(folder, 'ca.pem'), leafFile])
  }

  async function pythonVerify(name: string, host: string) {
    const [chainFile, keyFile] = [join(folder, 'chain.pem'), join(folder, 'key.pem')]
    const leaf = leafFor(name)
    await writeFile(chainFile, leaf.cert)
    await writeFile(keyFile, leaf.key)
    return run('python3', [join(folder, 'handshake.py'), join(folder, 'ca.pem'), chainFile, keyFile, host])
  }

  test('the authority says what it is in critical extensions', withOpenssl, async () => {
    const { stdout } = await run('openssl', [
      'x509',
      '-in',
      join(folder, 'ca.pem'),
      '-noout',
      '-text',
      '-certopt',
      'no_pubkey',
    ])
    const text = stdout.replace(/\s+/g, ' ')
    assert.match(text, /Basic Constraints: critical CA:TRUE, pathlen:0/)
    assert.match(text, /Key Usage: critical Certificate Sign, CRL Sign/)
    assert.match(
      text,
      /Name Constraints: critical Permitted: DNS:vault\.azure\.net DNS:login\.microsoftonline\.com DNS:azurecontainerapps\.dev DNS:localhost IP:127\.0\.0\.0\/255\.0\.0\.0 IP:0:0:0:0:0:0:0:1\/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/,
    )
    assert.match(text, /Subject Key Identifier/)
    assert.match(text, /Authority Key Identifier/)
  })

  for (const { certified, host } of permitted) {
    describe(`a certificate for ${certified} is accepted for ${host}`, () => {
      test('by Node', () => handshake(certified, host))
      test('by openssl, strictly', withOpenssl, async () => {
        assert.match((await opensslVerify(certified, host)).stdout, /: OK/)
      })
      test('by Python, strictly', withPython, async () => {
        assert.match((await pythonVerify(certified, host)).stdout, /^verified TLSv1\.3/)
      })
    })
  }

  for (const { certified, host } of refused) {
    describe(`a certificate for ${certified} is refused though the authority signed it`, () => {
      test('by Node', () => assert.rejects(handshake(certified, host), /permitted subtree violation/))
      test('by openssl', withOpenssl, () =>
        assert.rejects(opensslVerify(certified, host), /permitted subtree violation/),
      )
      test('by Python', withPython, () => assert.rejects(pythonVerify(certified, host), /permitted subtree violation/))
    })
  }

  test('a certificate is refused for another host', async () => {
    await assert.rejects(handshake('*.vault.azure.net', 'a.b.vault.azure.net'), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    await assert.rejects(handshake('kv1.vault.localhost', 'kv10.vault.localhost'), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test('a server certificate cannot sign others', withOpenssl, async () => {
    const [middle, end] = [generateP256KeyPair(), generateP256KeyPair()]
    const validity = { notBefore, notAfter: new Date(Date.now() + dayMilliseconds) }
    const middleDer = issueServerCertificate(authority, {
      ...validity,
      publicKey: middle.publicKey,
      commonName: 'Strongroom server',
      names: ['localhost'],
    })
    const endDer = issueServerCertificate(
      { privateKey: middle.privateKey, certificate: middleDer },
      { ...validity, publicKey: end.publicKey, commonName: 'Strongroom server', names: ['localhost'] },
    )
    await writeFile(join(folder, 'middle.pem'), certificateToPem(middleDer))
    await writeFile(join(folder, 'end.pem'), certificateToPem(endDer))
    const arguments_ = [
      'verify',
      '-CAfile',
      join(folder, 'ca.pem'),
      '-untrusted',
      join(folder, 'middle.pem'),
      join(folder, 'end.pem'),
    ]
    await assert.rejects(run('openssl', arguments_), /invalid CA certificate/)
  })
})
