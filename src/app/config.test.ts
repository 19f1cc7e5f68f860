import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ServiceError } from '#base/errors.ts'
import { parseServerConfig, type ServeFlags } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-config-'))
after(() => rmSync(folder, { recursive: true }))

const flags: ServeFlags = { dataDirectory: '/data', passThrough: true, development: false }

function file(name: string, text: string, mode: number): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

function refusal(given: Partial<ServeFlags>): { readonly code: string; readonly message: string } {
  try {
    parseServerConfig({ ...flags, ...given })
  } catch (error) {
    if (error instanceof ServiceError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('The configuration was accepted.')
}

describe('the configuration', () => {
  test('without flags is embedded, on loopback, with the key beside the data', () => {
    const config = parseServerConfig(flags)
    assert.deepEqual(
      [config.httpsPort, config.proxyPort, config.identityPort, config.healthPort],
      [8443, 8480, 8481, 8482],
    )
    assert.equal(config.listenAddress, '127.0.0.1')
    assert.equal(config.domain, 'localhost')
    assert.deepEqual(config.database, { engine: 'sqlite' })
    assert.deepEqual(config.keyEncryption, { kind: 'key-file', path: '/data/keys/key-encryption-key' })
  })

  test('takes private endpoints of both families, at the https port unless told', () => {
    const privateEndpoints = ['office=10.0.0.5', 'Plant-7=fd00::7', 'lab=[fd00::8]:9443', 'home=192.168.1.2:0']
    assert.deepEqual(parseServerConfig({ ...flags, httpsPort: '443', privateEndpoints }).privateEndpoints, [
      { name: 'office', address: '10.0.0.5', port: 443 },
      { name: 'Plant-7', address: 'fd00::7', port: 443 },
      { name: 'lab', address: 'fd00::8', port: 9443 },
      { name: 'home', address: '192.168.1.2', port: 0 },
    ])
    assert.deepEqual(parseServerConfig(flags).privateEndpoints, [])
  })

  const wrong: readonly (readonly [string, Partial<ServeFlags>, RegExp])[] = [
    ['a port that is none', { httpsPort: '65536' }, /^--https-port takes a port/],
    ['a negative port', { proxyPort: '-1' }, /^--proxy-port takes a port/],
    ['a listen address that is a name', { listen: 'localhost' }, /^--listen takes an IP address/],
    ['a domain that is none', { domain: 'a..b' }, /^--domain takes a DNS name/],
    ['an unknown database', { database: 'mysql://x' }, /^--database takes 'sqlite' or a postgres/],
    ['both keys', { kekFile: 'a', passphraseFile: 'b' }, /^--kek-file and --passphrase-file/],
    ['a private endpoint without a name', { privateEndpoints: ['10.0.0.5'] }, /^--private-endpoint takes NAME=/],
    ['a private endpoint at a name', { privateEndpoints: ['office=host:1'] }, /^--private-endpoint takes NAME=/],
    ['a private endpoint named oddly', { privateEndpoints: ['a/b=10.0.0.5'] }, /^--private-endpoint takes NAME=/],
    ['IPv4 in brackets', { privateEndpoints: ['office=[10.0.0.5]:1'] }, /^--private-endpoint takes NAME=/],
    [
      'a private endpoint everywhere',
      { privateEndpoints: ['office=0.0.0.0'] },
      /^--private-endpoint takes one address/,
    ],
    ['a private endpoint at no port', { privateEndpoints: ['office=10.0.0.5:'] }, /^--private-endpoint takes a port/],
    ['a private endpoint twice', { privateEndpoints: ['a=10.0.0.5', 'A=10.0.0.6'] }, /same name twice/],
    ['half a certificate', { tlsCertificateFile: 'a' }, /belong together/],
    ['a missing certificate', { tlsCertificateFile: '/none', tlsKeyFile: '/none' }, /names a file that cannot be read/],
  ]
  for (const [what, given, sentence] of wrong) {
    test(`refuses ${what}`, () => {
      const { code, message } = refusal(given)
      assert.equal(code, 'InvalidConfiguration')
      assert.match(message, sentence)
    })
  }

  for (const database of [
    'postgres://u:hunter2hunter2@127.0.0.1/db',
    'postgres://:hunter2hunter2@127.0.0.1/db',
    'postgres://127.0.0.1/db?user=u&password=hunter2hunter2',
    'postgresql://127.0.0.1?password=hunter2hunter2',
    'postgres://127.0.0.1/db?password=&password=hunter2hunter2',
    'postgres://127.0.0.1/db?pass%77ord=hunter2hunter2',
    'postgres://127.0.0.1/db?PassWord=hunter2hunter2',
    'postgres://127.0.0.1/db?sslpassword=hunter2hunter2&sslkey=/key',
    'postgres://127.0.0.1/db?SSLPASSWORD=hunter2hunter2',
    'postgres://127.0.0.1/db?oauth_client_secret=hunter2hunter2',
    'postgres://127.0.0.1/db?scram_client_key=hunter2hunter2',
    'postgres://127.0.0.1/db?scram_server_key=hunter2hunter2',
  ]) {
    test(`refuses the secret in the argument ${database.replaceAll('hunter2hunter2', '…')}, and does not repeat it`, () => {
      assert.deepEqual(refusal({ database }), {
        code: 'InvalidConfiguration',
        message: '--database must not carry a password. Use --database-url-file, or a PostgreSQL password file.',
      })
    })
  }

  test('takes a database address without a secret from the arguments', () => {
    const { database } = parseServerConfig({
      ...flags,
      database: 'postgres://u@127.0.0.1/db?sslmode=verify-full&sslkey=/password',
    })
    assert.equal(database.engine, 'postgres')
  })

  test('reads a database address from a private file, and never prints it', () => {
    for (const url of ['postgres://u:hunter2hunter2@127.0.0.1/db', 'postgres://127.0.0.1/db?password=hunter2hunter2']) {
      const config = parseServerConfig({ ...flags, databaseUrlFile: file('url', `${url}\n`, 0o600) })
      assert.equal(config.database.engine, 'postgres')
      assert.ok(!JSON.stringify(config).includes('hunter2'))
    }
    assert.match(refusal({ databaseUrlFile: file('open-url', 'postgres://127.0.0.1/db', 0o644) }).message, /mode 0600/)
  })

  test('reads the own certificate, its key only from a private file', () => {
    const tlsCertificateFile = file('chain.pem', 'CERTIFICATE', 0o644)
    const config = parseServerConfig({ ...flags, tlsCertificateFile, tlsKeyFile: file('key.pem', 'KEY-TEXT', 0o600) })
    assert.equal(config.ownCertificate?.certificatePem, 'CERTIFICATE')
    assert.ok(!JSON.stringify(config).includes('KEY-TEXT'))
    assert.match(refusal({ tlsCertificateFile, tlsKeyFile: file('open.pem', 'KEY', 0o644) }).message, /mode 0600/)
  })
})
