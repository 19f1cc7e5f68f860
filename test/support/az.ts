import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pythonWith } from './python.ts'
import { checkout, type Finished, type RunningServer } from './running-server.ts'

const requirements = join(checkout, 'test', 'clients', 'az', 'requirements.txt')
const lockFolder = join(checkout, 'node_modules', '.cache', 'python', 'az.lock')

/** Where the real az is, or why a suite that needs it is skipped; without Python in CI it throws instead. */
export type AzPlace = { readonly az: string; readonly skip: false } | { readonly az: ''; readonly skip: string }

/**
 * The real az, hash-pinned, in a virtual environment of its own under node_modules/.cache: made at the first call, which takes
 * minutes, and used again afterwards. Test files that ask at the same time wait for one of them to make it.
 * `const { az, skip } = await findAz()`, then `describe('…', { skip }, …)`.
 */
export async function findAz(): Promise<AzPlace> {
  await takeLock()
  try {
    const environment = pythonWith(requirements)
    if ('skip' in environment) return { az: '', skip: environment.skip }
    return { az: join(dirname(environment.python), 'az'), skip: false }
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

/** Path of the real az. Throws with the reason when it cannot be had; `findAz` lets a suite be skipped instead. */
export async function azCommand(): Promise<string> {
  const { az, skip } = await findAz()
  if (skip !== false) throw new Error(skip)
  return az
}

/**
 * Runs the real az under `strongroom shell`, signed in as the operator. Never throws for its exit code. A session has a private
 * folder of az's own files, so nothing is left for the next call. The session's notes are taken out of stderr.
 */
export async function runAz(server: RunningServer, words: readonly string[], input?: string): Promise<Finished> {
  return runInShell(server, [await azCommand(), ...words], input)
}

/**
 * Runs a shell script under one `strongroom shell`, in which `az` is the real one: several commands with one sign-in, and
 * variables between them. It ends at the first command that fails.
 */
export async function runAzScript(server: RunningServer, script: string, input?: string): Promise<Finished> {
  const folder = dirname(await azCommand())
  return runInShell(server, ['bash', '-euo', 'pipefail', '-c', `PATH=${folder}:$PATH\n${script}`], input)
}

async function runInShell(server: RunningServer, words: readonly string[], input?: string): Promise<Finished> {
  const finished = await server.try(['shell', '--', 'env', ...quiet, ...words], input)
  return { ...finished, stderr: finished.stderr.replace(/^strongroom: .*\n/gm, '') }
}

/** No telemetry, no look for a newer version, no colours: none of them is under test, and each may leave the machine. */
const quiet = [
  'AZURE_CORE_COLLECT_TELEMETRY=no',
  'AZURE_CORE_SURVEY_MESSAGE=no',
  'AZURE_CORE_NO_COLOR=yes',
  'AZURE_EXTENSION_USE_DYNAMIC_INSTALL=no',
  'PYTHONDONTWRITEBYTECODE=1',
]

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
