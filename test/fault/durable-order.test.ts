/**
 * A killed process shows nothing of a missing sync, for the page cache outlives it. So this looks at the system calls: the
 * write that carries an answer must come after the durable write that holds its record has returned.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missing } from '../support/components.ts'
import { operatorToken, RawClient } from '../support/raw-client.ts'
import { furnish, RunningServer } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'
import { parseSystemCalls, type SystemCall } from '../support/system-calls.ts'

const host = 'kv-order.vault.azure.net'
const rounds = 10
const traced = 'openat,read,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,fsync,fdatasync'
const strace = missing('strace', ['-f', '-o', '/dev/null', 'true'], 'strace is missing, or may not trace')

describe('the order of durable write and answer', { skip: strace }, () => {
  /** Furnished once, without the slowness of tracing; each test traces a server of its own on this directory. */
  let server: RunningServer
  let token: string

  before(async () => {
    server = await RunningServer.start()
    await furnish(server, { vault: 'kv-order', app: 'order-app' })
    token = await operatorToken(server)
    await server.end()
  })
  after(async () => server?.remove())

  /** Writes and reads a secret in turn over one connection, under strace, and gives the trace. */
  async function trace(name: string, flags: readonly string[]): Promise<string> {
    const file = join(server.directory, name)
    // -D: the server stays this process's own child, so that signals reach it and not the tracer.
    const prefix = [
      'strace',
      '-D',
      '-f',
      '-yy',
      '-q',
      '-s',
      '0',
      '-o',
      file,
      '-e',
      `trace=${traced}`,
      '-e',
      'signal=SIGKILL',
    ]
    const watched = await RunningServer.start({ data: server.data, flags, prefix })
    const client = new RawClient(watched.facts.httpsPort, { connections: 1 })
    try {
      for (let round = 0; round < rounds; round++) {
        const path = '/secrets/ordered?api-version=7.4'
        const written = await client.send({ method: 'PUT', path, host, token, body: `{"value":"${round}"}` })
        assert.equal(written.status, 200, written.text)
        const read = await client.send({ path, host, token })
        assert.equal(read.status, 200, read.text)
        assert.equal(JSON.parse(read.text).value, String(round))
      }
      // The last answer is here before the tracer has written that its system call returned.
      await until(() => endsWithAnswer(readFileSync(file, 'utf8')), 'the last answer in the trace')
    } finally {
      const { processId } = watched
      // Killed, not stopped: what a stopping server says to its clients is no answer.
      await watched.end('SIGKILL')
      client.close()
      await watched.remove()
      const last = new RegExp(`^${processId} .*killed by SIGKILL`, 'm')
      await until(() => last.test(readFileSync(file, 'utf8')), 'the end of the trace')
    }
    return readFileSync(file, 'utf8')
  }

  test('each answer leaves after the durable write of its record, and that of a write after the database’s sync', async () => {
    const text = await trace('durable', [])
    assert.deepEqual(faultsOf(text), [])
    assert.deepEqual(unsyncedCommits(text), [])
    // The checks see what they are for: the same trace without the writes, the flag or the syncs fails them.
    const withoutRecords = text.split('\n').filter((line) => !/pwrite64\(.*\.segment>/.test(line))
    assert.equal(faultsOf(withoutRecords.join('\n')).length, 2 * rounds)
    assert.equal(faultsOf(text.replaceAll('|O_DSYNC', '')).length, 2 * rounds)
    assert.equal(unsyncedCommits(text.replaceAll(/\bf(data)?sync\(/g, 'other(')).length, rounds)
  })

  test('with O_DSYNC taken away the same check fails', async () => {
    const faults = faultsOf(await trace('unsynced', ['--dev', '--fault', 'no-dsync']))
    assert.equal(faults.length, 2 * rounds)
    for (const fault of faults) assert.match(fault, /was opened without O_DSYNC$/)
  })

  test('that switch is refused outside --dev', async () => {
    await assert.rejects(RunningServer.start({ data: server.data, flags: ['--fault', 'no-dsync'] }), {
      message: /^.*ERROR: --fault breaks the server for a test; it needs --dev\.$/,
    })
  })
})

const receiving: readonly string[] = ['read', 'recvfrom', 'recvmsg']
const sending: readonly string[] = ['write', 'writev', 'sendto', 'sendmsg']
const writing: readonly string[] = ['pwrite64', 'pwritev', 'pwritev2', 'write', 'writev']
const syncing: readonly string[] = ['fsync', 'fdatasync']

/** One request of the client, as the server's system calls show it. */
interface Turn {
  /** The last read of the request. */
  readonly asked: SystemCall
  /** The write to the audit log that began after it and had returned before the answer's first byte left. */
  readonly record: SystemCall | undefined
}

/** Whether the last that passed over the busiest connection, as far as it was traced, is an answer that has left. */
function endsWithAnswer(trace: string): boolean {
  const calls = parseSystemCalls(trace)
  const connection = busiestConnection(calls)
  const last = calls.findLast(({ target, result }) => target === connection && result > 0)
  return last !== undefined && sending.includes(last.name)
}

/** The last `count` turns on the busiest connection. */
function turnsOf(calls: readonly SystemCall[], count: number): readonly Turn[] {
  const connection = busiestConnection(calls)
  const onConnection = calls.filter(({ target, result }) => target === connection && result > 0)
  const answers = onConnection.filter(({ name }) => sending.includes(name))
  assert.ok(answers.length >= count, `only ${answers.length} answers were traced`)
  return answers.slice(-count).map((answer) => {
    const asked = onConnection.findLast(({ name, end }) => receiving.includes(name) && end < answer.begin)
    assert.ok(asked !== undefined, 'an answer was traced without its request')
    const record = calls.find(
      (call) => isRecord(call) && call.result > 0 && call.begin > asked.end && call.end < answer.begin,
    )
    return { asked, record }
  })
}

/** What is wrong with the order of the turns: for each, at most one sentence. */
function faultsOf(trace: string): readonly string[] {
  const calls = parseSystemCalls(trace)
  return turnsOf(calls, 2 * rounds).flatMap(({ record }, at) => {
    if (record === undefined) return [`answer ${at} left before a write to the audit log had returned`]
    const opened = calls.findLast(
      ({ name, target, begin }) => name === 'openat' && target === record.target && begin < record.begin,
    )
    if (opened === undefined) return [`answer ${at}: the audit log's opening was not traced`]
    return /\bO_D?SYNC\b/.test(opened.text) ? [] : [`answer ${at}: the audit log was opened without O_DSYNC`]
  })
}

/** Which of the writing turns, the even ones, had no synced commit of the database before their record. */
function unsyncedCommits(trace: string): readonly string[] {
  const calls = parseSystemCalls(trace)
  const onWal = calls.filter(({ target }) => target.endsWith('strongroom.sqlite-wal'))
  return turnsOf(calls, 2 * rounds).flatMap(({ asked, record }, at) => {
    if (at % 2 === 1) return []
    if (record === undefined) return [`write ${at} has no record`]
    const commit = onWal.find(
      ({ name, begin, end }) => writing.includes(name) && begin > asked.end && end < record.begin,
    )
    if (commit === undefined) return [`write ${at} was recorded before the database had it`]
    const isSynced = onWal.some(
      ({ name, result, begin, end }) =>
        syncing.includes(name) && result === 0 && begin > commit.end && end < record.begin,
    )
    return isSynced ? [] : [`write ${at} was recorded before the database had synced it`]
  })
}

function isRecord({ name, target }: SystemCall): boolean {
  return writing.includes(name) && target.endsWith('.segment')
}

function busiestConnection(calls: readonly SystemCall[]): string {
  const counts = new Map<string, number>()
  for (const { target } of calls) if (target.startsWith('TCP')) counts.set(target, (counts.get(target) ?? 0) + 1)
  const [busiest] = [...counts].sort(([, one], [, other]) => other - one)
  return busiest?.[0] ?? ''
}
