/**
 * `npm run bench`: audited, authorised GET secret over TLS against a bare `node:https` server that sends the same bytes, as
 * `compareWithBare` does it; a round on SQLite counts only when the server's core was at least 95 % busy. Also start-up time and
 * idle memory. `--rounds N`, `--seconds N`, `--no-postgres`, `--output json`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { type Compared, compareWithBare } from './compare-with-bare.ts'
import { median, residentMebibytes } from './load.ts'
import { ServerUnderTest } from './server-under-test.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    output: { type: 'string', default: 'text' },
    postgres: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const busyEnough = 0.95
/** Long enough for both programs to be compiled by the engine; what is measured is a server that has been running. */
const warmUpSeconds = 10
const laterStarts = 5

const { getSecret, start, memory } = await measureEmbedded()
const getSecretPostgres = flags.postgres ? await comparePostgres() : undefined
const report = { getSecret, ...(getSecretPostgres === undefined ? {} : { getSecretPostgres }), start, memory }
if (flags.output === 'json') console.log(JSON.stringify(report, null, 2))
else {
  for (const [name, figures] of Object.entries(report)) {
    console.log(name)
    for (const [key, value] of Object.entries(figures)) console.log(`  ${key.padEnd(28)} ${value}`)
  }
}

async function measureEmbedded() {
  const server = new ServerUnderTest([])
  try {
    const starts = await measureStarts(server)
    const { firstMilliseconds, milliseconds } = starts.start
    process.stderr.write(
      `start: first ${firstMilliseconds} ms, later ${milliseconds} ms; idle memory ${starts.memory.idleMebibytes} MiB\n`,
    )
    return { ...starts, getSecret: await compare(server, 'SQLite', busyEnough) }
  } finally {
    await server.remove()
  }
}

/** The first start, the median of later ones, and the memory of a server that is asked nothing; leaves it running. */
async function measureStarts(server: ServerUnderTest) {
  const firstMilliseconds = await server.start()
  const later: number[] = []
  for (let at = 0; at < laterStarts; at++) {
    await server.stop()
    later.push(await server.start())
  }
  await new Promise((resolve) => setTimeout(resolve, 3000))
  return {
    start: { firstMilliseconds: Math.round(firstMilliseconds), milliseconds: Math.round(median(later)) },
    memory: { idleMebibytes: Math.round(residentMebibytes(server.processId)) },
  }
}

async function comparePostgres(): Promise<Compared> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-postgres-'))
  const postgres = await startPostgres()
  const urlFile = join(directory, 'database-url')
  writeFileSync(urlFile, await postgres.createDatabase(), { mode: 0o600 })
  const server = new ServerUnderTest(['--database-url-file', urlFile, '--dev'])
  try {
    await server.start()
    // Its process waits for the database: the busy share is stated, not asked for.
    return await compare(server, 'PostgreSQL', 0)
  } finally {
    await server.remove()
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function compare(server: ServerUnderTest, name: string, leastBusy: number): Promise<Compared> {
  return compareWithBare(server, {
    name,
    host: 'kv-bench.vault.azure.net',
    path: '/secrets/database-password/?api-version=7.4',
    token: await server.prepare(),
    rounds: Number(flags.rounds),
    seconds: Number(flags.seconds),
    warmUpSeconds,
    busyEnough: leastBusy,
  })
}
