import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, outputOf, type Round, runLoad, untilAtRest } from './load.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** What is asked of both servers, and for how long. */
export interface Comparison {
  readonly name: string
  readonly host: string
  /** With its query. */
  readonly path: string
  readonly token: string
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** A round counts when both servers used at least this share of their core. */
  readonly busyEnough: number
}

/** Medians of the rounds that count; ratios are those of a round of ours to the bare server's beside it. */
export interface Compared {
  readonly ratio: number
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly p99Ratio: number
  readonly cpuMicrosecondsPerRequest: number
  readonly cpuRatio: number
  /** Share of the server's core in use, 0 to 1. */
  readonly busy: number
}

interface Pair {
  readonly bare: Round
  readonly ours: Round
}

/** On a machine with neighbours, wrk's own core is not always free enough to keep the bare server busy. */
const triesPerRound = 3
/** What each server says for itself. */
const ownHeaders = ['date', 'connection', 'keep-alive']
const note = (line: string): void => void process.stderr.write(`${line}\n`)

/**
 * Alternated rounds of a bare `node:https` server that sends the same bytes and of ours: each pinned to core 0, with 64 connections
 * of wrk on core 1. A round that does not count is repeated, until three times as many were tried. Throws when none counted.
 */
export async function compareWithBare(server: ServerUnderTest, comparison: Comparison): Promise<Compared> {
  const { name, host, path, token, rounds, seconds, warmUpSeconds, busyEnough } = comparison
  const headers = { Host: host, Authorization: `Bearer ${token}` }
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-bare-'))
  let bare: ChildProcess | undefined
  try {
    const answer = await captureAnswer(server.ports.https, { host, path, headers })
    writeFileSync(join(directory, 'answer.json'), JSON.stringify(answer))
    const started = await startBare(directory)
    bare = started.child
    const pairs: Pair[] = []
    for (let at = 0; at <= rounds * triesPerRound && pairs.length < rounds; at++) {
      const load = { path, headers, seconds: at === 0 ? warmUpSeconds : seconds, connections: 64, core: 1 }
      await untilAtRest(server.processId)
      const pair: Pair = {
        bare: await runLoad({ ...load, port: started.port, serverProcess: bare.pid ?? 0 }),
        ours: await runLoad({ ...load, port: server.ports.https, serverProcess: server.processId }),
      }
      const counts = [pair.bare, pair.ours].every(({ failures, busy }) => failures === 0 && busy >= busyEnough)
      const round = at === 0 ? 'warm-up' : `round ${at}`
      note(`${name} ${round}: ${describe(pair)}${at > 0 && !counts ? ' (does not count)' : ''}`)
      if (at > 0 && counts) pairs.push(pair)
    }
    if (pairs.length === 0) {
      throw new Error(
        `No round on ${name} counted: the server's core was never ${busyEnough * 100} % busy, or requests failed.`,
      )
    }
    return mediansOf(pairs)
  } finally {
    bare?.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

function describe({ bare, ours }: Pair): string {
  const ratio = (ours.requestsPerSecond / bare.requestsPerSecond).toFixed(2)
  const processor = `${bare.cpuMicrosecondsPerRequest.toFixed(0)}/${ours.cpuMicrosecondsPerRequest.toFixed(0)}`
  return `bare ${bare.requestsPerSecond.toFixed(0)}/s, ours ${ours.requestsPerSecond.toFixed(0)}/s, ratio ${ratio}, CPU ${processor} µs, busy ${bare.busy.toFixed(2)}/${ours.busy.toFixed(2)}, failures ${ours.failures}`
}

function mediansOf(pairs: readonly Pair[]): Compared {
  const of = (figure: (pair: Pair) => number, digits: number): number =>
    Number(median(pairs.map(figure)).toFixed(digits))
  return {
    ratio: of(({ bare, ours }) => ours.requestsPerSecond / bare.requestsPerSecond, 3),
    requestsPerSecond: of(({ ours }) => ours.requestsPerSecond, 0),
    p50Milliseconds: of(({ ours }) => ours.p50Milliseconds, 2),
    p99Milliseconds: of(({ ours }) => ours.p99Milliseconds, 2),
    p99Ratio: of(({ bare, ours }) => ours.p99Milliseconds / bare.p99Milliseconds, 2),
    cpuMicrosecondsPerRequest: of(({ ours }) => ours.cpuMicrosecondsPerRequest, 1),
    cpuRatio: of(({ bare, ours }) => ours.cpuMicrosecondsPerRequest / bare.cpuMicrosecondsPerRequest, 2),
    busy: of(({ ours }) => ours.busy, 2),
  }
}

/** The bare server on core 0 with a certificate of its own and the answer in `directory`, and the port it listens on. */
async function startBare(directory: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const [key, certificate, answer] = ['key.pem', 'certificate.pem', 'answer.json'].map((file) => join(directory, file))
  const subject = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key ?? '']
  await outputOf('openssl', ['req', '-x509', ...keyOptions, '-out', certificate ?? '', ...subject])
  const program = new URL('./bare-server.ts', import.meta.url).pathname
  const words = ['-c', '0', process.execPath, program, key ?? '', certificate ?? '', answer ?? '']
  const child = spawn('taskset', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString('utf8')))),
  )
  return { child, port }
}

/** One real answer of the server, for the bare one to repeat. */
function captureAnswer(
  port: number,
  asked: { readonly host: string; readonly path: string; readonly headers: Readonly<Record<string, string>> },
): Promise<{ readonly status: number; readonly headers: readonly string[]; readonly body: string }> {
  const { host, path, headers } = asked
  const address = { host: '127.0.0.1', port, servername: host, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const sent = request({ ...address, headers, path }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`The server answered ${response.statusCode}.`))
        const kept = response.rawHeaders.filter(
          (_, at, all) => !ownHeaders.includes((all[at - (at % 2)] ?? '').toLowerCase()),
        )
        resolve({ status: 200, headers: kept, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sent.once('error', reject)
    sent.end()
  })
}
