/**
 * `npm run bench`: audited, authorised GET secret over TLS, against a bare `node:https` server that sends the same bytes. One server
 * process pinned to core 0, 64 connections of wrk on core 1, alternated rounds; a round counts only when the server's core was at
 * least 95 % busy, and is repeated otherwise, until three times as many were tried. Also start-up time and idle memory.
 * `--rounds N`, `--seconds N`, `--no-postgres`, `--output json`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { median, outputOf, type Round, residentMebibytes, runLoad, untilAtRest } from './load.ts'
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
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)
const busyEnough = 0.95
/** On a machine with neighbours, wrk's own core is not always free enough to keep the bare server busy. */
const triesPerRound = 3
/** Long enough for both programs to be compiled by the engine; what is measured is a server that has been running. */
const warmUpSeconds = 10
const note = (line: string): void => void process.stderr.write(`${line}\n`)

const path = '/secrets/database-password/?api-version=7.4'
const host = 'kv-bench.vault.azure.net'

interface Compared {
  readonly ratio: number
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly p99Ratio: number
  readonly cpuMicrosecondsPerRequest: number
  readonly cpuRatio: number
  /** Share of the server's core in use, 0 to 1; rounds on SQLite count only at 0.95 and more. */
  readonly busy: number
}

const directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-bare-'))
try {
  await outputOf('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    join(directory, 'key.pem'),
    '-out',
    join(directory, 'certificate.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=bench',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ])
  const embedded = new ServerUnderTest([])
  let getSecret: Compared | undefined
  let start: { firstMilliseconds: number; milliseconds: number } | undefined
  let memory: { idleMebibytes: number } | undefined
  try {
    const firstMilliseconds = await embedded.start()
    await embedded.stop()
    const later: number[] = []
    for (let at = 0; at < 5; at++) {
      later.push(await embedded.start())
      if (at < 4) await embedded.stop()
    }
    start = { firstMilliseconds: Math.round(firstMilliseconds), milliseconds: Math.round(median(later)) }
    await new Promise((resolve) => setTimeout(resolve, 3000))
    memory = { idleMebibytes: Math.round(residentMebibytes(embedded.processId)) }
    note(
      `start: first ${start.firstMilliseconds} ms, later ${start.milliseconds} ms; idle memory ${memory.idleMebibytes} MiB`,
    )
    getSecret = await compare(embedded, 'SQLite', true)
  } finally {
    await embedded.remove()
  }
  const getSecretPostgres = flags.postgres ? await comparePostgres() : undefined
  const report = { getSecret, ...(getSecretPostgres === undefined ? {} : { getSecretPostgres }), start, memory }
  if (flags.output === 'json') console.log(JSON.stringify(report, null, 2))
  else
    console.log(
      Object.entries(report)
        .map(
          ([name, figures]) =>
            `${name}\n${Object.entries(figures ?? {})
              .map(([key, value]) => `  ${key.padEnd(28)} ${value}`)
              .join('\n')}`,
        )
        .join('\n'),
    )
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function comparePostgres(): Promise<Compared> {
  const postgres = await startPostgres()
  const urlFile = join(directory, 'database-url')
  writeFileSync(urlFile, await postgres.createDatabase(), { mode: 0o600 })
  const server = new ServerUnderTest(['--database-url-file', urlFile, '--dev'])
  try {
    await server.start()
    return await compare(server, 'PostgreSQL', false)
  } finally {
    await server.remove()
    await postgres.stop()
  }
}

/** Alternated rounds of bare and ours; medians of what each pair of rounds gives. */
async function compare(server: ServerUnderTest, name: string, mustBeBusy: boolean): Promise<Compared> {
  const token = await server.prepare()
  const headers = { Host: host, Authorization: `Bearer ${token}` }
  const answer = await captureAnswer(server.ports.https, headers)
  writeFileSync(join(directory, 'answer.json'), JSON.stringify(answer))
  const bare = spawn(
    'taskset',
    [
      '-c',
      '0',
      process.execPath,
      new URL('./bare-server.ts', import.meta.url).pathname,
      join(directory, 'key.pem'),
      join(directory, 'certificate.pem'),
      join(directory, 'answer.json'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const barePort = await new Promise<number>((resolve) =>
      bare.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString('utf8')))),
    )
    const pairs: { bare: Round; ours: Round }[] = []
    for (let at = 0; at <= rounds * triesPerRound && pairs.length < rounds; at++) {
      const length = at === 0 ? warmUpSeconds : seconds
      await untilAtRest(server.processId)
      const bareRound = await runLoad({
        port: barePort,
        path,
        headers,
        serverProcess: bare.pid ?? 0,
        seconds: length,
        connections: 64,
        core: 1,
      })
      const ourRound = await runLoad({
        port: server.ports.https,
        path,
        headers,
        serverProcess: server.processId,
        seconds: length,
        connections: 64,
        core: 1,
      })
      const counts =
        ourRound.failures === 0 &&
        bareRound.failures === 0 &&
        (!mustBeBusy || (ourRound.busy >= busyEnough && bareRound.busy >= busyEnough))
      note(
        `${name} ${at === 0 ? 'warm-up' : `round ${at}`}: bare ${bareRound.requestsPerSecond.toFixed(0)}/s, ours ${ourRound.requestsPerSecond.toFixed(0)}/s, ratio ${(ourRound.requestsPerSecond / bareRound.requestsPerSecond).toFixed(2)}, CPU ${bareRound.cpuMicrosecondsPerRequest.toFixed(0)}/${ourRound.cpuMicrosecondsPerRequest.toFixed(0)} µs, busy ${bareRound.busy.toFixed(2)}/${ourRound.busy.toFixed(2)}, failures ${ourRound.failures}${at > 0 && !counts ? ' (does not count)' : ''}`,
      )
      if (at > 0 && counts) pairs.push({ bare: bareRound, ours: ourRound })
    }
    if (pairs.length === 0)
      throw new Error(
        `No round on ${name} counted: the server's core was never ${busyEnough * 100} % busy, or requests failed.`,
      )
    const round = (value: number, digits: number): number => Number(value.toFixed(digits))
    return {
      ratio: round(median(pairs.map((pair) => pair.ours.requestsPerSecond / pair.bare.requestsPerSecond)), 3),
      requestsPerSecond: round(median(pairs.map((pair) => pair.ours.requestsPerSecond)), 0),
      p50Milliseconds: round(median(pairs.map((pair) => pair.ours.p50Milliseconds)), 2),
      p99Milliseconds: round(median(pairs.map((pair) => pair.ours.p99Milliseconds)), 2),
      p99Ratio: round(median(pairs.map((pair) => pair.ours.p99Milliseconds / pair.bare.p99Milliseconds)), 2),
      cpuMicrosecondsPerRequest: round(median(pairs.map((pair) => pair.ours.cpuMicrosecondsPerRequest)), 1),
      cpuRatio: round(
        median(pairs.map((pair) => pair.ours.cpuMicrosecondsPerRequest / pair.bare.cpuMicrosecondsPerRequest)),
        2,
      ),
      busy: round(median(pairs.map((pair) => pair.ours.busy)), 2),
    }
  } finally {
    bare.kill()
  }
}

/** One real answer of the server, for the bare one to repeat. */
async function captureAnswer(
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; headers: string[]; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, servername: host, headers, path, rejectUnauthorized: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`The server answered ${response.statusCode}.`))
          const ownHeaders = response.rawHeaders.filter(
            (_, at) =>
              !['date', 'connection', 'keep-alive'].includes((response.rawHeaders[at - (at % 2)] ?? '').toLowerCase()),
          )
          resolve({ status: 200, headers: ownHeaders, body: Buffer.concat(chunks).toString('utf8') })
        })
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}
