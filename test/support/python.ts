import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { missing } from './components.ts'
import { checkout } from './running-server.ts'

/**
 * A Python with the hash-pinned packages of a requirements file, in a virtual environment kept under node_modules/.cache. Or the
 * reason why there is none; in CI that is an error.
 */
export function pythonWith(requirements: string): { readonly python: string } | { readonly skip: string } {
  const absent = missing('python3', ['-m', 'venv', '--help'], 'python3 with venv is not installed')
  if (absent !== false) return { skip: absent }
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const directory = join(checkout, 'node_modules', '.cache', 'python', digest)
  const python = join(directory, 'bin', 'python')
  if (existsSync(join(directory, 'complete'))) return { python }
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
      return { skip: reason }
    }
  }
  writeFileSync(join(directory, 'complete'), '')
  return { python }
}

const lockFolder = join(checkout, 'node_modules', '.cache', 'python', 'lock')

/** What `findPython` found: a Python, or why a suite that needs it is skipped. */
export type PythonPlace =
  | { readonly python: string; readonly skip: false }
  | { readonly python: ''; readonly skip: string }

/**
 * `pythonWith` for test files that may ask at the same time: one of them makes the virtual environment, and the others wait.
 * `const { python, skip } = await findPython(…)`, then `describe('…', { skip }, …)`.
 */
export async function findPython(requirements: string): Promise<PythonPlace> {
  await takeLock()
  try {
    const environment = pythonWith(requirements)
    return 'skip' in environment ? { python: '', skip: environment.skip } : { ...environment, skip: false }
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

async function takeLock(): Promise<void> {
  mkdirSync(dirname(lockFolder), { recursive: true })
  while (!hasTakenLock()) await delay(200)
}

function hasTakenLock(): boolean {
  try {
    mkdirSync(lockFolder)
    writeFileSync(join(lockFolder, 'pid'), String(process.pid))
    return true
  } catch {
    if (!isHeld()) rmSync(lockFolder, { recursive: true, force: true })
    return false
  }
}

/** A lock whose process is gone holds nobody up; one whose process is not named yet was taken this moment. */
function isHeld(): boolean {
  try {
    process.kill(Number(readFileSync(join(lockFolder, 'pid'), 'utf8')), 0)
    return true
  } catch (failure) {
    return failure instanceof Error && 'code' in failure && (failure.code === 'ENOENT' || failure.code === 'EPERM')
  }
}
