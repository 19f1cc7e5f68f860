import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
