import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

const launchUrl = new URL('launch.ts', import.meta.url).href

describe('the program that a command names', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'launch-'))
    for (const folder of ['callers', 'childs', 'folders/tool', 'at']) mkdirSync(join(root, folder), { recursive: true })
    for (const folder of ['callers', 'childs', 'at']) writeScript(join(root, folder, 'tool'), folder)
    symlinkSync(process.execPath, join(root, 'callers', 'engine'))
  })
  after(() => rmSync(root, { recursive: true }))

  function writeScript(path: string, says: string): void {
    writeFileSync(path, `#!/bin/sh\necho ${says}\n`)
    chmodSync(path, 0o755)
  }

  /** Launches a command from the folder `at` with its own PATH leading to `childs`. */
  function launched(path: readonly string[], ...command: readonly string[]): { stdout: string; code: number | null } {
    const start = `{ command: ${JSON.stringify(command)}, environment: { PATH: ${JSON.stringify(join(root, 'childs'))} },
      sessionLost: new Promise(() => {}), note() {} }`
    const script = `import { launch } from ${JSON.stringify(launchUrl)}
      process.exitCode = await launch(${start}).catch((failure) => failure.exitCode)`
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(root, 'at'),
      env: { PATH: path.join(':') },
      encoding: 'utf8',
    })
    return { stdout, code: status }
  }

  // Where setpriv is found, the command is started through it.
  for (const [how, system] of [
    ['through setpriv', ['/usr/bin', '/bin']],
    ['by itself', []],
  ] as const) {
    test(`is the one on the caller's PATH, started ${how}`, () => {
      assert.deepEqual(launched([join(root, 'callers'), ...system], 'tool'), { stdout: 'callers\n', code: 0 })
      assert.deepEqual(launched(['.', ...system], 'tool'), { stdout: 'at\n', code: 0 })
      assert.deepEqual(launched([...system], 'tool'), { stdout: '', code: 127 })
    })

    test(`is the path as it was written, started ${how}`, () => {
      assert.deepEqual(launched([...system], './tool'), { stdout: 'at\n', code: 0 })
    })

    test(`is no folder, started ${how}`, () => {
      const path = [join(root, 'folders'), join(root, 'callers'), ...system]
      assert.deepEqual(launched(path, 'tool'), { stdout: 'callers\n', code: 0 })
    })
  }

  test('is told the name that it was called by', () => {
    const asked = ['engine', '--print', 'process.argv0'] as const
    assert.deepEqual(launched([join(root, 'callers')], ...asked), { stdout: 'engine\n', code: 0 })
  })
})
