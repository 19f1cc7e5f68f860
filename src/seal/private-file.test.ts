import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { checkPrivateFolder, createPrivateFile, readPrivateFile } from './private-file.ts'

let folder = ''
let path = ''
const exposed = { name: 'ServiceError', kind: 'internal', code: 'KeyEncryptionKeyExposed' }
const damaged = { name: 'ServiceError', kind: 'internal', code: 'KeyEncryptionKeyDamaged' }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-private-'))
  path = join(folder, 'kek')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('reading', () => {
  test('a file of mode 0600 or 0400 is read, a missing one is undefined', async () => {
    assert.equal(await readPrivateFile(path, 'key file'), undefined)
    await writeFile(path, 'contents', { mode: 0o600 })
    assert.equal((await readPrivateFile(path, 'key file'))?.toString(), 'contents')
    await chmod(path, 0o400)
    assert.equal((await readPrivateFile(path, 'key file'))?.toString(), 'contents')
  })

  test('a file that group or others may touch in any way is refused, naming the mode and not the folder', async () => {
    await writeFile(path, 'contents', { mode: 0o600 })
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666]) {
      await chmod(path, mode)
      await assert.rejects(readPrivateFile(path, 'key file'), {
        ...exposed,
        message:
          `The key file has mode ${mode.toString(8)}, so that other users may have used it. ` +
          'Set mode 600, and change the key if they have.',
      })
    }
  })

  test('a symbolic link is refused, even to a good file', async () => {
    await writeFile(join(folder, 'real'), 'contents', { mode: 0o600 })
    await symlink(join(folder, 'real'), path)
    await assert.rejects(readPrivateFile(path, 'key file'), exposed)
  })

  test('a folder, a pipe without a writer and a file that is too large are refused', async () => {
    await mkdir(join(folder, 'folder'), { mode: 0o700 })
    await assert.rejects(readPrivateFile(join(folder, 'folder'), 'key file'), damaged)
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
    await assert.rejects(readPrivateFile(join(folder, 'pipe'), 'key file'), damaged)
    await writeFile(path, Buffer.alloc(4097), { mode: 0o600 })
    await assert.rejects(readPrivateFile(path, 'key file'), damaged)
  })
})

describe('creating', () => {
  test('makes the file with mode 0600 and its folder with mode 0700, and leaves no draft', async () => {
    const inner = join(folder, 'new', 'kek')
    assert.equal(await createPrivateFile(inner, 'key file', 'contents'), true)
    assert.equal((await stat(inner)).mode & 0o777, 0o600)
    assert.equal((await stat(join(folder, 'new'))).mode & 0o777, 0o700)
    assert.deepEqual(await readdir(join(folder, 'new')), ['kek'])
  })

  test('never replaces a file', async () => {
    await writeFile(path, 'first', { mode: 0o600 })
    assert.equal(await createPrivateFile(path, 'key file', 'second'), false)
    assert.equal(await readFile(path, 'utf8'), 'first')
    assert.deepEqual(await readdir(folder), ['kek'])
  })

  test('of many callers at once, one makes it and all see the same whole file', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        const isMine = await createPrivateFile(path, 'key file', `contents of ${number}`)
        return { isMine, seen: (await readPrivateFile(path, 'key file'))?.toString() }
      }),
    )
    assert.equal(made.filter(({ isMine }) => isMine).length, 1)
    assert.deepEqual(
      new Set(made.map(({ seen }) => seen)),
      new Set([`contents of ${made.findIndex(({ isMine }) => isMine)}`]),
    )
  })

  test('a folder that others may enter is refused', async () => {
    await chmod(folder, 0o750)
    await assert.rejects(createPrivateFile(path, 'key file', 'contents'), exposed)
    await assert.rejects(checkPrivateFolder(path, 'key file'), exposed)
    await chmod(folder, 0o700)
    assert.deepEqual(await readdir(folder), [])
  })
})
