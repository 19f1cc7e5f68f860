import { dirname, join } from 'node:path'
import { findPython } from './python.ts'
import { checkout, type Finished, type RunningServer } from './running-server.ts'

const requirements = join(checkout, 'test', 'clients', 'az', 'requirements.txt')

/** Where the real az is, or why a suite that needs it is skipped; without Python in CI it throws instead. */
export type AzPlace = { readonly az: string; readonly skip: false } | { readonly az: ''; readonly skip: string }

/**
 * The real az, hash-pinned, in a virtual environment of its own under node_modules/.cache: made at the first call, which takes
 * minutes, and used again afterwards. Test files that ask at the same time wait for one of them to make it.
 * `const { az, skip } = await findAz()`, then `describe('…', { skip }, …)`.
 */
export async function findAz(): Promise<AzPlace> {
  const { python, skip } = await findPython(requirements)
  return skip === false ? { az: join(dirname(python), 'az'), skip } : { az: '', skip }
}

/** Path of the real az. Throws with the reason when it cannot be had; `findAz` lets a suite be skipped instead. */
async function azCommand(): Promise<string> {
  const { az, skip } = await findAz()
  if (skip !== false) throw new Error(skip)
  return az
}

/**
 * Runs several commands of the real az in one process and with one sign-in: each as if it were alone, without the second or two
 * that az takes to start.
 */
export async function runAzCommands(
  server: RunningServer,
  commands: readonly (readonly string[])[],
): Promise<readonly Finished[]> {
  const python = join(dirname(await azCommand()), 'python')
  const ran = await runInShell(server, [python, join(dirname(requirements), 'many.py')], JSON.stringify(commands))
  const answers = ran.stdout.split('\n').filter((line) => line.startsWith('{"code"'))
  if (answers.length !== commands.length) throw new Error(`az ended after ${answers.length} commands: ${ran.stderr}`)
  return answers.map((line): Finished => JSON.parse(line))
}

/** Runs a program under `strongroom shell` with what keeps az quiet. The session's notes are taken out of stderr. */
export async function runInShell(server: RunningServer, words: readonly string[], input?: string): Promise<Finished> {
  const finished = await server.try(['shell', '--', 'env', ...quiet, ...words], input)
  return { ...finished, stderr: finished.stderr.replace(/^strongroom: .*\n/gm, '') }
}

/** For `env`: no telemetry, no look for a newer version, no colours: none of them is under test, and each may leave the machine. */
export const quiet: readonly string[] = [
  'AZURE_CORE_COLLECT_TELEMETRY=no',
  'AZURE_CORE_SURVEY_MESSAGE=no',
  'AZURE_CORE_NO_COLOR=yes',
  'AZURE_EXTENSION_USE_DYNAMIC_INSTALL=no',
  'PYTHONDONTWRITEBYTECODE=1',
]
