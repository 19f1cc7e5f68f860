import assert from 'node:assert/strict'
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ServiceError } from '#base/errors.ts'
import { openRuntimeDirectory } from './runtime-directory.ts'

describe('the runtime directory', () => {
  let directory: string
  const formerTemporary = process.env['TMPDIR']
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
  })
  afterEach(() => {
    if (formerTemporary === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = formerTemporary
    rmSync(directory, { recursive: true, force: true })
  })

  function makeLong(): string {
    const long = join(directory, 'd'.repeat(90))
    const temporary = join(directory, 't')
    mkdirSync(long)
    mkdirSync(temporary)
    process.env['TMPDIR'] = temporary
    return long
  }

  test('lies in the data directory, closed to others', () => {
    const runtime = openRuntimeDirectory(directory)
    assert.equal(runtime.controlSocket, join(directory, 'runtime', 'control.sock'))
    assert.equal(lstatSync(dirname(runtime.controlSocket)).mode & 0o777, 0o700)
    runtime.remove()
    assert.equal(existsSync(dirname(runtime.controlSocket)), false)
  })

  test('is made anew from what a killed server left, whatever its mode', () => {
    const left = dirname(openRuntimeDirectory(directory).controlSocket)
    writeFileSync(join(left, 'control.sock'), '')
    chmodSync(left, 0o755)
    const { controlSocket } = openRuntimeDirectory(directory)
    assert.equal(dirname(controlSocket), left)
    assert.equal(existsSync(controlSocket), false)
    assert.equal(lstatSync(left).mode & 0o777, 0o700)
  })

  test('lies in the temporary directory when the path would be too long, at the same place each time', () => {
    const long = makeLong()
    const { controlSocket } = openRuntimeDirectory(long)
    assert.match(controlSocket.slice(directory.length), /^\/t\/strongroom-[0-9a-f]{16}\/control\.sock$/)
    assert.equal(openRuntimeDirectory(long).controlSocket, controlSocket)
  })

  test('gives way where somebody else has taken its name', () => {
    const long = makeLong()
    const wanted = dirname(openRuntimeDirectory(long).controlSocket)
    rmSync(wanted, { recursive: true })
    const elsewhere = join(directory, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, wanted)
    const runtime = openRuntimeDirectory(long)
    assert.notEqual(dirname(runtime.controlSocket), wanted)
    assert.ok(runtime.controlSocket.startsWith(`${wanted}-`))
    runtime.remove()
    assert.equal(existsSync(elsewhere), true)
  })

  test('is refused when no path is short enough', () => {
    const long = makeLong()
    process.env['TMPDIR'] = long
    assert.throws(
      () => openRuntimeDirectory(long),
      (failure) => {
        assert.ok(failure instanceof ServiceError)
        assert.deepEqual([failure.kind, failure.code], ['malformed', 'RuntimePathTooLong'])
        return true
      },
    )
  })
})
