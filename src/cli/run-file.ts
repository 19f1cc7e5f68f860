import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError } from './command-error.ts'

const runFileShape = z.object({
  pid: z.int(),
  httpsPort: z.int(),
  proxyPort: z.int(),
  identityPort: z.int(),
  healthPort: z.int(),
  controlSocket: z.string(),
  domain: z.string(),
  tenantId: z.string(),
  subscriptionId: z.string(),
  caFile: z.string(),
  auditVerifierKey: z.string(),
})

/** What a running server says of itself in `DIR/run.json`. */
export type RunFile = z.infer<typeof runFileShape>

/** The run file of the server on this directory. Throws `CommandError` (2) when no server runs there. */
export function readRunFile(dataDirectory: string): RunFile {
  let text: string
  try {
    text = readFileSync(join(dataDirectory, 'run.json'), 'utf8')
  } catch (cause) {
    throw new CommandError(
      `No server is running on ${dataDirectory}. Start one with 'strongroom serve', or name its directory with --data.`,
      2,
      { cause },
    )
  }
  const parsed = runFileShape.safeParse(parseText(text))
  if (!parsed.success)
    throw new CommandError(`${join(dataDirectory, 'run.json')} is not a run file of this version.`, 2)
  try {
    process.kill(parsed.data.pid, 0)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EPERM') return parsed.data
    throw new CommandError(
      `The server on ${dataDirectory} is gone (process ${parsed.data.pid}). Start it with 'strongroom serve'.`,
      2,
      { cause },
    )
  }
  return parsed.data
}

/** What JSON a text holds; undefined for a text that is none. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
