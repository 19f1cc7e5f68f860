import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { type Clock, systemClock } from '#base/clock.ts'
import { type Logger, silentLogger } from '#base/log.ts'
import { SecretValue } from '#base/secret-value.ts'
import { summarizeCertificate } from '#crypto/certificates.ts'
import { createCertificateAuthority } from '#seal/certificate-authority.ts'
import { createSeal, ensureDomain, type InstallationSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider, type KeyEncryptionSettings } from '#seal/provider-list.ts'
import type { Database } from '#storage/database.ts'
import { engines, type OpenEngine } from '../support/databases.ts'

const binding = ['strongroom-1', 'test', 'value']
const plaintext = Buffer.from('what is sealed')
const dayMilliseconds = 86_400_000

function failure(code: string, message?: RegExp) {
  return { name: 'ServiceError', kind: 'internal', code, ...(message === undefined ? {} : { message }) }
}

for (const engine of engines) {
  describe(`sealing on ${engine.name}`, { skip: engine.skip }, () => {
    let folder = ''
    let held: OpenEngine
    let database: Database

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'strongroom-seal-'))
      held = await engine.open()
      database = held.database
    })

    afterEach(async () => {
      await held.close()
      await rm(folder, { recursive: true, force: true })
    })

    function keyFile(name = 'kek'): KeyEncryptionSettings {
      return { kind: 'key-file', path: join(folder, name) }
    }

    function passphrase(text: string): KeyEncryptionSettings {
      return { kind: 'passphrase', source: { passphrase: SecretValue.fromText(text) } }
    }

    function openSeal(settings: KeyEncryptionSettings): Promise<InstallationSeal> {
      const provider = createKeyEncryptionProvider(settings)
      return createSeal({ database, provider, clock: systemClock, logger: silentLogger })
    }

    function loadDomainKeys() {
      return database.system('read', (kysely) =>
        kysely.selectFrom('domain_key').selectAll().orderBy('domain').execute(),
      )
    }

    function changeDomainKey(domain: string, change: { sealed?: Buffer; id?: string }) {
      return database.system('write', (kysely) =>
        kysely.updateTable('domain_key').set(change).where('domain', '=', domain).execute(),
      )
    }

    function changeInstallation(name: string, value: string) {
      return database.system('write', (kysely) =>
        kysely.updateTable('installation').set({ value }).where('name', '=', name).execute(),
      )
    }

    describe('domains', () => {
      test('what was sealed before a restart opens after it', async () => {
        const before = await ensureDomain(database, await openSeal(keyFile()), 'vault/one')
        const sealed = before.seal(plaintext, binding)
        const after = await (await openSeal(keyFile())).domain('vault/one')
        assert.equal(after.domain, 'vault/one')
        assert.deepEqual(after.open(sealed, binding), plaintext)
      })

      test('a domain exists exactly when the transaction that made it commits', async () => {
        const seal = await openSeal(keyFile())
        const undone = database.system('write', async (kysely) => {
          await seal.createDomain(kysely, 'vault/one')
          throw new Error('undone')
        })
        await assert.rejects(undone, { message: 'undone' })
        await assert.rejects(seal.domain('vault/one'), failure('SealDomainMissing', /'vault\/one'/))
        await database.system('write', (kysely) => seal.createDomain(kysely, 'vault/one'))
        assert.equal((await seal.domain('vault/one')).domain, 'vault/one')
      })

      test('an opened domain is kept, and a second making of it changes nothing', async () => {
        const seal = await openSeal(keyFile())
        assert.equal(seal.openedDomain('vault/one'), undefined)
        const sealer = await ensureDomain(database, seal, 'vault/one')
        assert.equal(seal.openedDomain('vault/one'), sealer)
        const stored = await loadDomainKeys()
        await database.system('write', (kysely) => seal.createDomain(kysely, 'vault/one'))
        assert.deepEqual(await loadDomainKeys(), stored)
      })

      test('one domain does not open what another sealed', async () => {
        const seal = await openSeal(keyFile())
        const [one, two] = [
          await ensureDomain(database, seal, 'vault/one'),
          await ensureDomain(database, seal, 'vault/two'),
        ]
        assert.throws(() => two.open(one.seal(plaintext, binding), binding), failure('SealBroken'))
      })

      test('the key of one domain does not open in the row of another', async () => {
        const seal = await openSeal(keyFile())
        await ensureDomain(database, seal, 'vault/one')
        await ensureDomain(database, seal, 'vault/two')
        const [one, two] = await loadDomainKeys()
        assert.ok(one !== undefined && two !== undefined)
        await changeDomainKey('vault/two', { sealed: one.sealed })
        await assert.rejects((await openSeal(keyFile())).domain('vault/two'), failure('SealBroken'))
        await changeDomainKey('vault/one', { id: 'f'.repeat(32) })
        await changeDomainKey('vault/two', { id: one.id })
        await assert.rejects((await openSeal(keyFile())).domain('vault/two'), failure('SealBroken'))
      })

      test('a key that was altered or cut does not open, and the others still do', async () => {
        const seal = await openSeal(keyFile())
        await ensureDomain(database, seal, 'vault/one')
        await ensureDomain(database, seal, 'vault/two')
        const sealed = (await loadDomainKeys())[0]?.sealed ?? Buffer.alloc(0)
        const altered = Buffer.from(sealed)
        altered.writeUInt8(altered.readUInt8(40) ^ 1, 40)
        for (const damaged of [altered, sealed.subarray(0, -1), Buffer.alloc(0)]) {
          await changeDomainKey('vault/one', { sealed: damaged })
          const again = await openSeal(keyFile())
          await assert.rejects(again.domain('vault/one'), failure('SealBroken'))
          assert.equal((await again.domain('vault/two')).domain, 'vault/two')
        }
      })

      test('callers at once get one and the same sealer', async () => {
        await ensureDomain(database, await openSeal(keyFile()), 'vault/one')
        const seal = await openSeal(keyFile())
        const sealers = await Promise.all(Array.from({ length: 5 }, () => seal.domain('vault/one')))
        assert.equal(new Set(sealers).size, 1)
      })
    })

    describe('the key-encryption key', () => {
      test('two processes that start at once on a new installation end with one key', async () => {
        for (const settings of [keyFile(), passphrase('five words of my own')]) {
          const other = await engine.open()
          database = other.database
          try {
            const [first, second] = await Promise.all([openSeal(settings), openSeal(settings)])
            assert.equal(first.kekId, second.kekId)
            const [one, two] = await Promise.all([
              ensureDomain(database, first, 'ca'),
              ensureDomain(database, second, 'ca'),
            ])
            assert.deepEqual(two.open(one.seal(plaintext, binding), binding), plaintext)
          } finally {
            database = held.database
            await other.close()
          }
        }
      })

      test('of two new key files for one database the later is refused', async () => {
        const outcomes = await Promise.allSettled([openSeal(keyFile('kek')), openSeal(keyFile('other'))])
        const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
        assert.equal(refused.length, 1)
        // It made its own file at the same time, or came when the other's key was already the installation's and made none.
        assert.match(refused[0].code, /^(WrongKeyEncryptionKey|KeyEncryptionKeyMissing)$/)
      })

      test('another key file is refused with a sentence, and changes nothing', async () => {
        await ensureDomain(database, await openSeal(keyFile()), 'vault/one')
        const stored = await loadDomainKeys()
        await createKeyEncryptionProvider(keyFile('other')).create()
        await assert.rejects(
          openSeal(keyFile('other')),
          failure(
            'WrongKeyEncryptionKey',
            /^The key file 'other' holds another key than the one this installation is sealed with\. Start the server with/,
          ),
        )
        assert.deepEqual(await loadDomainKeys(), stored)
      })

      test('a missing key file is not made again', async () => {
        await openSeal(keyFile())
        await rename(join(folder, 'kek'), join(folder, 'elsewhere'))
        await assert.rejects(openSeal(keyFile()), failure('KeyEncryptionKeyMissing', /^The key file 'kek' is missing/))
        assert.deepEqual(await readdir(folder), ['elsewhere'])
        await rename(join(folder, 'elsewhere'), join(folder, 'kek'))
        assert.match((await openSeal(keyFile())).kekId, /^[0-9a-f]{32}$/)
      })

      test('another passphrase is refused with a sentence that does not quote it', async () => {
        const sealer = await ensureDomain(database, await openSeal(passphrase('five words of my own')), 'vault/one')
        const sealed = sealer.seal(plaintext, binding)
        await assert.rejects(
          openSeal(passphrase('five words of theirs')),
          failure('WrongKeyEncryptionKey', /^The passphrase does not open this installation\. Start the server with/),
        )
        const again = await openSeal(passphrase('five words of my own'))
        assert.deepEqual((await again.domain('vault/one')).open(sealed, binding), plaintext)
      })

      test('another kind of key is refused by name, and makes no file', async () => {
        await openSeal(passphrase('five words of my own'))
        await assert.rejects(
          openSeal(keyFile()),
          failure(
            'WrongKeyEncryptionKey',
            /^This installation is sealed with a passphrase, and the server was started with a key file\./,
          ),
        )
        assert.deepEqual(await readdir(folder), [])
      })

      test('an altered check value is refused', async () => {
        await openSeal(keyFile())
        await changeInstallation('kek-check', Buffer.alloc(78, 1).toString('base64'))
        await assert.rejects(openSeal(keyFile()), failure('WrongKeyEncryptionKey'))
        await changeInstallation('kek-id', 'f'.repeat(32))
        await assert.rejects(openSeal(keyFile()), failure('WrongKeyEncryptionKey'))
      })

      test('a lost check value does not let a new key take over', async () => {
        await ensureDomain(database, await openSeal(keyFile()), 'vault/one')
        await database.system('write', (kysely) => kysely.deleteFrom('installation').execute())
        await assert.rejects(openSeal(keyFile('new')), failure('KeyCheckMissing'))
        assert.deepEqual(await readdir(folder), ['kek'])
      })

      test('a damaged or exposed key file stops the start', async () => {
        await openSeal(keyFile())
        await writeFile(join(folder, 'kek'), 'strongroom-key-encryption-key 1\n')
        await assert.rejects(openSeal(keyFile()), failure('KeyEncryptionKeyDamaged'))
        await chmod(join(folder, 'kek'), 0o644)
        await assert.rejects(openSeal(keyFile()), failure('KeyEncryptionKeyExposed'))
      })

      test('is not in the database in any form', async () => {
        await ensureDomain(database, await openSeal(keyFile()), 'vault/one')
        const key = Buffer.from(/^key (.*)$/m.exec(await readFile(join(folder, 'kek'), 'latin1'))?.[1] ?? '', 'base64')
        assert.equal(key.length, 32)
        const installation = await database.system('read', (kysely) =>
          kysely.selectFrom('installation').selectAll().execute(),
        )
        const stored = Buffer.concat([
          ...installation.flatMap(({ value }) => [Buffer.from(value), Buffer.from(value, 'base64')]),
          ...(await loadDomainKeys()).map(({ sealed }) => sealed),
        ])
        assert.equal(stored.includes(key), false)
        assert.equal(stored.includes(key.toString('hex')), false)
      })
    })

    describe('the certificate authority', () => {
      const permittedNames = ['vault.azure.net', 'login.microsoftonline.com', 'localhost']
      const start = systemClock.now().getTime()
      let now = start
      const clock: Clock = { now: () => new Date(now), monotonicMilliseconds: () => now }
      let warnings: string[] = []
      const logger: Logger = { info() {}, warn: (message) => void warnings.push(message), error() {} }

      beforeEach(() => {
        now = start
        warnings = []
      })

      async function openAuthority(names: readonly string[] = permittedNames) {
        const seal = await openSeal(keyFile())
        return createCertificateAuthority({ database, seal, clock, logger, permittedNames: names })
      }

      test('is made once, and stays over restarts and for two processes that start at once', async () => {
        const [first, second] = await Promise.all([openAuthority(), openAuthority()])
        assert.equal(first.certificatePem, second.certificatePem)
        assert.equal((await openAuthority(permittedNames.toReversed())).certificatePem, first.certificatePem)
        assert.deepEqual([first.changed, second.changed], [false, false])
        assert.deepEqual(warnings, [])
      })

      test('is replaced, with a warning, when the names it may certify change', async () => {
        const first = await openAuthority()
        const second = await openAuthority([...permittedNames, 'example.test'])
        assert.equal(second.changed, true)
        assert.notEqual(second.certificatePem, first.certificatePem)
        assert.deepEqual(warnings, [
          'There is a new certificate authority: the names that it may certify have changed. Clients must be given its certificate.',
        ])
        assert.equal((await openAuthority([...permittedNames, 'example.test'])).changed, false)
      })

      test('is replaced, with a warning, before it expires', async () => {
        await openAuthority()
        now = start + (3650 - 91) * dayMilliseconds
        assert.equal((await openAuthority()).changed, false)
        now = start + (3650 - 89) * dayMilliseconds
        assert.equal((await openAuthority()).changed, true)
        assert.equal(warnings.length, 1)
      })

      test('gives leaves of 90 days from memory, and new ones from day 60 on', async () => {
        const authority = await openAuthority()
        const leaf = await authority.leafFor(['*.vault.azure.net', 'localhost'])
        assert.deepEqual(leaf.notAfter, new Date(start + 90 * dayMilliseconds))
        assert.deepEqual(summarizeCertificate(leaf.certificatePem).dnsNames, ['*.vault.azure.net', 'localhost'])
        assert.equal(leaf.chainPem, leaf.certificatePem + authority.certificatePem)
        now = start + 60 * dayMilliseconds - 1
        assert.equal(await authority.leafFor(['*.vault.azure.net', 'localhost']), leaf)
        now = start + 60 * dayMilliseconds
        const renewed = await authority.leafFor(['*.vault.azure.net', 'localhost'])
        assert.deepEqual(renewed.notAfter, new Date(start + 150 * dayMilliseconds))
        assert.notEqual(renewed.keyPem, leaf.keyPem)
      })

      test('certifies nothing outside its constraints', async () => {
        const authority = await openAuthority()
        for (const name of ['a.vault.azure.net', '*.vault.localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1']) {
          assert.equal(authority.permits(name), true, name)
        }
        for (const name of [
          'www.example.com',
          'evilvault.azure.net',
          'azure.net',
          '10.0.0.1',
          '::2',
          '*.*.localhost',
          '',
          '*',
        ]) {
          assert.equal(authority.permits(name), false, name)
          await assert.rejects(authority.leafFor(['localhost', name]), failure('NameNotPermitted'))
        }
        await assert.rejects(authority.leafFor([]), failure('NameNotPermitted'))
      })

      test('serves TLS to a client that trusts it', async () => {
        const authority = await openAuthority()
        const { keyPem, chainPem } = await authority.leafFor(['*.vault.localhost'])
        const server = createServer({ key: keyPem, cert: chainPem }).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo
        const socket = connect({
          port,
          host: '127.0.0.1',
          servername: 'kv1.vault.localhost',
          ca: authority.certificatePem,
        })
        try {
          await once(socket, 'secureConnect')
          assert.equal(socket.authorized, true)
        } finally {
          socket.destroy()
          server.close()
        }
      })

      test('does not open when its key or certificate was altered, or the certificate exchanged', async () => {
        const first = await openAuthority()
        await openAuthority([...permittedNames, 'example.test'])
        await changeInstallation('ca-certificate', first.certificatePem)
        await assert.rejects(openAuthority([...permittedNames, 'example.test']), failure('SealBroken'))
        await database.system('write', (kysely) =>
          kysely.deleteFrom('installation').where('name', '=', 'ca-key').execute(),
        )
        await assert.rejects(openAuthority(), failure('SealBroken', /incomplete/))
      })

      test('refuses names that are none', async () => {
        for (const name of ['*.localhost', 'local host', '', '127.0.0.1', 'a..b', '-a']) {
          await assert.rejects(openAuthority([name]), { kind: 'malformed', code: 'InvalidName' })
        }
      })
    })
  })
}
