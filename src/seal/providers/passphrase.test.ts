import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { SecretValue } from '#base/secret-value.ts'
import { createPassphraseProvider } from './passphrase.ts'

const domainKey = Buffer.alloc(32, 5)

function providerOf(passphrase: string) {
  return createPassphraseProvider({ kind: 'passphrase', source: { passphrase: SecretValue.fromText(passphrase) } })
}

describe('a passphrase', () => {
  test('gives the same key with the same salt, and another key is given by another passphrase', async () => {
    const { key, parameters } = await providerOf('five words of my own').create()
    const wrapped = await key.wrap(domainKey, ['place'])
    const again = await providerOf('five words of my own\n').open(parameters)
    assert.equal(again.id, key.id)
    assert.deepEqual(await again.unwrap(wrapped, ['place']), domainKey)
    const other = await providerOf('five words of my own ').open(parameters)
    await assert.rejects(other.unwrap(wrapped, ['place']), { kind: 'internal', code: 'SealBroken' })
  })

  test('gives another key in every installation', async () => {
    const [first, second] = [
      await providerOf('the same words twice').create(),
      await providerOf('the same words twice').create(),
    ]
    assert.notEqual(first.parameters, second.parameters)
    const wrapped = await first.key.wrap(domainKey, [])
    await assert.rejects(second.key.unwrap(wrapped, []), { code: 'SealBroken' })
  })

  test('of fewer than 12 characters is refused, however many bytes they take', async () => {
    for (const short of ['', 'elevenchars', 'elevenchars\r\n', 'äöüäöüäöüäö']) {
      await assert.rejects(providerOf(short).create(), {
        name: 'ServiceError',
        kind: 'internal',
        code: 'PassphraseTooShort',
        message: 'The passphrase must hold at least 12 characters. Five or more random words are a good choice.',
      })
    }
  })

  test('keeps nothing but a key id and a salt in the database', async () => {
    const { parameters } = await providerOf('five words of my own').create()
    assert.match(parameters, /^\{"keyId":"[0-9a-f]{32}","salt":"[A-Za-z0-9+/]{22}=="\}$/)
    for (const damaged of ['', '{}', parameters.replace('salt', 'sald'), parameters.slice(0, -1)]) {
      await assert.rejects(providerOf('five words of my own').open(damaged), { code: 'KeyEncryptionKeyDamaged' })
    }
  })

  test('is read from a file that only its owner may read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-passphrase-'))
    const path = join(folder, 'passphrase')
    const provider = createPassphraseProvider({ kind: 'passphrase', source: { path } })
    try {
      await assert.rejects(provider.create(), {
        code: 'KeyEncryptionKeyMissing',
        message: "The passphrase file 'passphrase' does not exist.",
      })
      await writeFile(path, 'five words of my own\n')
      await chmod(path, 0o644)
      await assert.rejects(provider.create(), { code: 'KeyEncryptionKeyExposed' })
      await rm(path)
      await writeFile(path, 'five words of my own\n', { mode: 0o600 })
      const { key, parameters } = await provider.create()
      const fromBytes = await providerOf('five words of my own').open(parameters)
      assert.deepEqual(await fromBytes.unwrap(await key.wrap(domainKey, []), []), domainKey)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
