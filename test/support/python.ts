import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { missing } from './components.ts'
import { checkout } from './running-server.ts'

/** Source: https://sqlite.org/rescode.html#busy */
const sqliteBusy = 5

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
  mkdirSync(dirname(directory), { recursive: true })
  const lock = new DatabaseSync(`${directory}.lock.sqlite`)
  try {
    while (!hasTaken(lock)) await delay(200)
    return makeEnvironment(directory, requirements)
  } finally {
    lock.close()
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

/** Takes a lock that goes with this process, however that ends; false while another process has it. */
function hasTaken(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (failure) {
    if (failure instanceof Error && 'errcode' in failure && failure.errcode === sqliteBusy) return false
    throw failure
  }
}
