import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What one round of load measured. */
export interface Round {
  readonly requestsPerSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly cpuMicrosecondsPerRequest: number
  /** Share of the pinned core that the server's process used while the load was on, 0 to 1. */
  readonly busy: number
  /** Answers that were not 2xx, and socket errors. */
  readonly failures: number
}

export interface LoadOptions {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly serverProcess: number
  readonly seconds: number
  readonly connections: number
  readonly core: number
}

const ticksPerSecond = 100

/** User and system time of a process with all its threads, in seconds. Linux only. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident memory of a process, in MiB. */
export function residentMebibytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}

/** One round of wrk on its own core against one server process. */
export async function runLoad(options: LoadOptions): Promise<Round> {
  const headers = Object.entries(options.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const parameters = [
    '-c',
    String(options.core),
    'wrk',
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    ...headers,
    `https://127.0.0.1:${options.port}${options.path}`,
  ]
  const before = cpuSeconds(options.serverProcess)
  const running = outputOf('taskset', parameters)
  const [text, busy] = await Promise.all([running, busyDuring(options)])
  const used = cpuSeconds(options.serverProcess) - before
  const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? Number.NaN)
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0)
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1).map(Number) ?? []
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? Number.NaN),
    p50Milliseconds: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(text)),
    p99Milliseconds: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(text)),
    cpuMicrosecondsPerRequest: (used / requests) * 1e6,
    busy,
    failures: bad + errors.reduce((sum, count) => sum + count, 0),
  }
}

const restMilliseconds = 1500
const restSeconds = 0.03
const maximumRests = 60

/** Resolves when a process has come to rest: what it put off under load must not take the core from the next one's round. */
export async function untilAtRest(pid: number): Promise<void> {
  for (let tries = 0; tries < maximumRests; tries++) {
    const before = cpuSeconds(pid)
    await new Promise((resolve) => setTimeout(resolve, restMilliseconds))
    if (cpuSeconds(pid) - before < restSeconds) return
  }
  throw new Error(`The server did not come to rest within ${(maximumRests * restMilliseconds) / 1000} seconds.`)
}

/** Before and after this long, wrk starts, connects and ends: a core that waits for that has no load. */
const edgeMilliseconds = 500

async function busyDuring({ serverProcess, seconds }: LoadOptions): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, edgeMilliseconds))
  const before = cpuSeconds(serverProcess)
  const begun = performance.now()
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000 - 2 * edgeMilliseconds)))
  return (cpuSeconds(serverProcess) - before) / ((performance.now() - begun) / 1000)
}

function milliseconds(match: RegExpExecArray | null): number {
  const factors: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }
  return Number(match?.[1] ?? Number.NaN) * (factors[match?.[2] ?? ''] ?? Number.NaN)
}

/** Standard output of a program that must succeed. */
export async function outputOf(command: string, parameters: readonly string[], input?: string): Promise<string> {
  const child = spawn(command, [...parameters], { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdin.end(input)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(errors).toString('utf8').trim()}`)
  return Buffer.concat(output).toString('utf8')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
