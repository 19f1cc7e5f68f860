import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandContext } from './command.ts'
import { removeAfterwards } from './launch.ts'

/** Runs `work` beside a private server on a temporary directory, which is gone afterwards, also when this process is killed. */
export async function withEphemeralServer<T>(
  context: CommandContext,
  work: (dataDirectory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-'))
  const dataDirectory = join(directory, 'data')
  const endGuard = removeAfterwards(directory)
  try {
    const { startServer } = await import('#app/serve.ts')
    const server = await startServer(
      {
        dataDirectory,
        httpsPort: '0',
        proxyPort: '0',
        identityPort: '0',
        healthPort: '0',
        passThrough: true,
        development: false,
      },
      { quiet: true },
    )
    context.note(`strongroom: a private server is running for this command (${server.readyLine})`)
    try {
      return await work(dataDirectory)
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
    await endGuard()
  }
}
