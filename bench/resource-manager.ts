/**
 * `node bench/resource-manager.ts`: GET of a vault through the resource manager, authorised and audited, against a bare `node:https`
 * server that sends the same bytes. One server process pinned to core 0, 64 connections of wrk on core 1, alternated rounds; a round
 * counts only when the server's core was at least 95 % busy, and is repeated otherwise, until three times as many were tried.
 * Budget: ratio 0.35. `--rounds N`, `--seconds N`, `--warm-up N`, `--output json`, `--any-load` (count every round: to see that it
 * runs, not to measure).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median, outputOf, type Round, runLoad, untilAtRest } from './load.ts'
import { ServerUnderTest } from './server-under-test.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    'warm-up': { type: 'string', default: '10' },
    output: { type: 'string', default: 'text' },
    'any-load': { type: 'boolean', default: false },
  },
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)
const warmUpSeconds = Number(flags['warm-up'])
const busyEnough = flags['any-load'] ? 0 : 0.95
const triesPerRound = 3
const host = 'management.azure.com'
/** What each server says for itself. */
const ownHeaders = ['date', 'connection', 'keep-alive']
const note = (line: string): void => void process.stderr.write(`${line}\n`)

interface Pair {
  readonly bare: Round
  readonly ours: Round
}

const directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-arm-'))
const server = new ServerUnderTest([])
let bare: ChildProcess | undefined
try {
  await makeCertificate()
  await server.start()
  const { path, token } = await prepare()
  const headers = { Host: host, Authorization: `Bearer ${token}` }
  writeFileSync(join(directory, 'answer.json'), JSON.stringify(await captureAnswer(path, headers)))
  const started = await startBare()
  bare = started.child
  const pairs: Pair[] = []
  for (let at = 0; at <= rounds * triesPerRound && pairs.length < rounds; at++) {
    const common = { path, headers, seconds: at === 0 ? warmUpSeconds : seconds, connections: 64, core: 1 }
    await untilAtRest(server.processId)
    const pair = {
      bare: await runLoad({ ...common, port: started.port, serverProcess: started.child.pid ?? 0 }),
      ours: await runLoad({ ...common, port: server.ports.https, serverProcess: server.processId }),
    }
    const counts =
      pair.ours.failures === 0 &&
      pair.bare.failures === 0 &&
      pair.ours.busy >= busyEnough &&
      pair.bare.busy >= busyEnough
    note(`${at === 0 ? 'warm-up' : `round ${at}`}: ${describe(pair)}${at > 0 && !counts ? ' (does not count)' : ''}`)
    if (at > 0 && counts) pairs.push(pair)
  }
  if (pairs.length === 0) throw new Error('No round counted: the core was not busy enough, or requests failed.')
  report(pairs)
} finally {
  bare?.kill()
  await server.remove()
  rmSync(directory, { recursive: true, force: true })
}

function describe({ bare: bareRound, ours }: Pair): string {
  const ratio = (ours.requestsPerSecond / bareRound.requestsPerSecond).toFixed(2)
  return `bare ${bareRound.requestsPerSecond.toFixed(0)}/s, ours ${ours.requestsPerSecond.toFixed(0)}/s, ratio ${ratio}, busy ${bareRound.busy.toFixed(2)}/${ours.busy.toFixed(2)}, failures ${ours.failures}`
}

function report(pairs: readonly Pair[]): void {
  const of = (figure: (pair: Pair) => number, digits: number): number =>
    Number(median(pairs.map(figure)).toFixed(digits))
  const figures = {
    ratio: of((pair) => pair.ours.requestsPerSecond / pair.bare.requestsPerSecond, 3),
    requestsPerSecond: of((pair) => pair.ours.requestsPerSecond, 0),
    p50Milliseconds: of((pair) => pair.ours.p50Milliseconds, 2),
    p99Milliseconds: of((pair) => pair.ours.p99Milliseconds, 2),
    p99Ratio: of((pair) => pair.ours.p99Milliseconds / pair.bare.p99Milliseconds, 2),
    cpuMicrosecondsPerRequest: of((pair) => pair.ours.cpuMicrosecondsPerRequest, 1),
  }
  if (flags.output === 'json') console.log(JSON.stringify({ getVault: figures }, null, 2))
  else for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(28)} ${value}`)
}

async function makeCertificate(): Promise<void> {
  const subject = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(directory, 'key.pem')]
  await outputOf('openssl', ['req', '-x509', ...key, '-out', join(directory, 'certificate.pem'), ...subject])
}

/** A vault, and a token of its Owner. */
async function prepare(): Promise<{ readonly path: string; readonly token: string }> {
  await server.command(['group', 'create', '-n', 'rg', '-l', 'westeurope', '-o', 'none'])
  const id = await server.command(['keyvault', 'create', '-n', 'kv-bench', '-g', 'rg', '--query', 'id', '-o', 'tsv'])
  const home = dirname(dirname(fileURLToPath(import.meta.url)))
  const printToken = [process.execPath, join(home, 'test', 'support', 'print-token.ts'), `https://${host}`]
  const shell = ['shell', '--data', server.data, '--', ...printToken]
  const token = (await outputOf(join(home, 'strongroom'), shell)).trim()
  return { path: `${id}?api-version=2026-02-01`, token }
}

/** The bare server on core 0, and the port it listens on. */
async function startBare(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const program = new URL('./bare-server.ts', import.meta.url).pathname
  const files = ['key.pem', 'certificate.pem', 'answer.json'].map((name) => join(directory, name))
  const child = spawn('taskset', ['-c', '0', process.execPath, program, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString('utf8')))),
  )
  return { child, port }
}

/** One real answer of the server, for the bare one to repeat. */
function captureAnswer(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly headers: readonly string[]; readonly body: string }> {
  const address = { host: '127.0.0.1', port: server.ports.https, servername: host, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const asked = request({ ...address, headers, path }, (response) => {
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
    asked.once('error', reject)
    asked.end()
  })
}
