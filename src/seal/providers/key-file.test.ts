import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { sha256Hex } from '#crypto/hash.ts'
import { createKeyFileProvider } from './key-file.ts'

let folder = ''
let path = ''
const domainKey = Buffer.alloc(32, 5)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-key-file-'))
  path = join(folder, 'kek')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function provider() {
  return createKeyFileProvider({ kind: 'key-file', path })
}

describe('a key file', () => {
  test('is made once; what one opening wrapped the next unwraps', async () => {
    const { key, parameters } = await provider().create()
    const wrapped = await key.wrap(domainKey, ['place'])
    const again = await provider().open(parameters)
    assert.equal(again.id, key.id)
    assert.deepEqual(await again.unwrap(wrapped, ['place']), domainKey)
    await assert.rejects(again.unwrap(wrapped, ['elsewhere']), { kind: 'internal', code: 'SealBroken' })
    assert.equal((await provider().create()).key.id, key.id)
  })

  test('that was put there by the operator is taken as it is', async () => {
    const body = `strongroom-key-encryption-key 1\nid ${'ab'.repeat(16)}\nkey ${Buffer.alloc(32, 1).toString('base64')}\n`
    await writeFile(path, `${body}checksum ${sha256Hex(body)}\n`, { mode: 0o600 })
    assert.equal((await provider().create()).key.id, 'ab'.repeat(16))
  })

  test('is never made again when it is missing', async () => {
    await provider().create()
    await unlink(path)
    await assert.rejects(provider().open(''), {
      name: 'ServiceError',
      kind: 'internal',
      code: 'KeyEncryptionKeyMissing',
      message:
        "The key file 'kek' is missing, and everything here is sealed with the key in it. Put the file back from where you " +
        'keep its copy; a new one is not made, for it would open nothing.',
    })
    await assert.rejects(readFile(path), { code: 'ENOENT' })
  })

  test('is refused with any byte of it changed, cut or added, and not quoted', async () => {
    await provider().create()
    const good = await readFile(path)
    const key = /^key (.*)$/m.exec(good.toString())?.[1] ?? ''
    const edits = [...good.keys()].map((at) => {
      const edited = Buffer.from(good)
      edited.writeUInt8(good.readUInt8(at) ^ 1, at)
      return edited
    })
    for (const edited of [
      ...edits,
      good.subarray(0, -1),
      good.subarray(0, 40),
      Buffer.concat([good, good]),
      Buffer.alloc(0),
    ]) {
      await writeFile(path, edited)
      await assert.rejects(provider().open(''), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'KeyEncryptionKeyDamaged')
        assert.equal(error.message.includes(key), false)
        return true
      })
    }
  })

  test('is refused when its mode or that of its folder lets others in', async () => {
    await provider().create()
    await chmod(path, 0o640)
    await assert.rejects(provider().open(''), { kind: 'internal', code: 'KeyEncryptionKeyExposed' })
    await chmod(path, 0o600)
    await chmod(folder, 0o755)
    await assert.rejects(provider().open(''), { kind: 'internal', code: 'KeyEncryptionKeyExposed' })
  })
})
