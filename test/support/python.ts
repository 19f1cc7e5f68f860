import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { missing } from './components.ts'
import { checkout } from './running-server.ts'

/** A Python, or why a suite that needs it is skipped; in CI that is an error. */
export type PythonPlace =
  | { readonly python: string; readonly skip: false }
  | { readonly python: ''; readonly skip: string }

/**
 * A Python with the hash-pinned packages of a requirements file, in a virtual environment kept under node_modules/.cache. Test
 * files may ask at the same time: one of them makes it, and the others wait.
 * `const { python, skip } = await findPython(…)`, then `describe('…', { skip }, …)`.
 */
export async function findPython(requirements: string): Promise<PythonPlace> {
  const absent = missing('python3', ['-m', 'venv', '--help'], 'python3 with venv is not installed')
  if (absent !== false) return { python: '', skip: absent }
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const directory = join(checkout, 'node_modules', '.cache', 'python', digest)
  const lock = `${directory}.lock`
  await takeLock(lock)
  try {
    return makeEnvironment(directory, requirements)
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function makeEnvironment(directory: string, requirements: string): PythonPlace {
  const python = join(directory, 'bin', 'python')
  if (existsSync(join(directory, 'complete'))) return { python, skip: false }
  mkdirSync(directory, { recursive: true })
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['python3', ['-m', 'venv', directory]],
    [
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements],
    ],
  ]
  for (const [command, parameters] of steps) {
    const done = spawnSync(command, [...parameters], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
    if (done.status !== 0) {
      const reason = `${command} ${parameters.slice(0, 3).join(' ')} failed: ${done.stderr.trim().split('\n').at(-1)}`
      if (process.env['CI'] !== undefined) throw new Error(reason)
      return { python: '', skip: reason }
    }
  }
  writeFileSync(join(directory, 'complete'), '')
  return { python, skip: false }
}

async function takeLock(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true })
  while (!hasTakenLock(folder)) await delay(200)
}

function hasTakenLock(folder: string): boolean {
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, 'pid'), String(process.pid))
    return true
  } catch {
    if (!isHeld(folder)) rmSync(folder, { recursive: true, force: true })
    return false
  }
}

/** A lock whose process is gone holds nobody up; one whose process is not named yet was taken this moment. */
function isHeld(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0)
    return true
  } catch (failure) {
    return failure instanceof Error && 'code' in failure && (failure.code === 'ENOENT' || failure.code === 'EPERM')
  }
}
