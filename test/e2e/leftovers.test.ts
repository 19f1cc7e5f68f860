import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { askIdentity, connectThrough, type GivenToCommand, parseGiven, tellGiven } from '../support/live-session.ts'
import { RunningServer } from '../support/running-server.ts'
import { runStrongroom, StrongroomProcess, Surroundings, until } from '../support/strongroom-process.ts'

const sleep = ['sh', '-c', `${tellGiven}; echo ready; exec sleep 300`]

let scratch: string
let around: Surroundings
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
  around = new Surroundings(scratch)
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

describe('beside a running server', () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
    // A first command, for what is made once and stays.
    await server.command(['shell', '--', 'true'])
  })
  after(async () => server?.remove())

  const shell = (...command: readonly string[]): string[] => ['shell', '--data', server.data, '--', ...command]

  test('a command that ends leaves nothing: no file, no process, no session', async () => {
    const before = await settledFiles(server.data)
    const script = `${tellGiven}; touch "$AZURE_CONFIG_DIR/clouds.config" "$AZD_CONFIG_DIR/config.json"`
    const ran = await runStrongroom(shell('sh', '-c', script), { environment: around.environment })
    assert.equal(ran.end, 0, ran.stderr)
    assert.deepEqual(readdirSync(join(server.data, 'sessions')), [], 'at the very moment when the command has ended')
    await assertFiles(before, server.data)
    assert.deepEqual(around.processes(), [])
    await assertRefused(parseGiven(ran.stdout.toString()))
  })

  test('a killed launcher takes its command along, and the server revokes the session', async () => {
    const before = await settledFiles(server.data)
    const running = new StrongroomProcess(shell(...sleep), { environment: around.environment })
    await running.says('ready')
    const given = parseGiven(running.stdout)
    assert.equal((await askIdentity(given)).status, 200)
    assert.equal(await proxyStatus(given), 502)
    // A process that becomes another program shows no environment for a moment.
    await until(() => around.processes().length === 2, 'the launcher and its command, and nothing else')

    running.child.kill('SIGKILL')
    assert.equal((await running.ended).end, 'SIGKILL')
    await until(() => around.processes().length === 0, 'the end of the command')
    await until(() => readdirSync(join(server.data, 'sessions')).length === 0, "the end of the session's folder")
    await assertFiles(before, server.data)
    await assertRefused(given)
    assert.deepEqual(JSON.parse(await server.command(['session', 'list'])), [])
  })
})

describe('a killed server', () => {
  let server: RunningServer
  beforeEach(async () => {
    server = await RunningServer.start({ environment: around.environment })
  })
  afterEach(async () => server?.remove())

  test('takes the commands of its sessions along; the next start clears what is left', async () => {
    const settled = await settledFiles(server.data)
    const words = ['shell', '--data', server.data, '--', ...sleep]
    const running = new StrongroomProcess(words, { environment: around.environment })
    await running.says('ready')
    const given = parseGiven(running.stdout)

    await server.end('SIGKILL')
    const ran = await running.ended
    assert.equal(ran.end, 143)
    assert.match(ran.stderr, /^strongroom: the server is gone, and the session with it; 'sh' is ended\.$/m)
    assert.deepEqual(around.processes(), [])
    assert.deepEqual(around.files(), [], 'HOME and TMPDIR')
    assert.equal(readdirSync(join(server.data, 'sessions')).length, 1, 'a killed server cannot clear up')
    const late = await runStrongroom(['shell', '--data', server.data, '--', 'true'])
    assert.deepEqual({ end: late.end, stdout: late.stdout.toString() }, { end: 2, stdout: '' })
    assert.match(late.stderr, /^ERROR: The server on .* is gone \(process \d+\)\. Start it with 'strongroom serve'\.$/m)

    await server.start()
    await assertFiles(settled, server.data)
    const { identityPort, proxyPort } = server.facts
    await assertRefused({
      ...given,
      identityEndpoint: given.identityEndpoint.replace(/:\d+\//, `:${identityPort}/`),
      proxyUrl: given.proxyUrl.replace(/:\d+$/, `:${proxyPort}`),
    })
    assert.equal(await server.end(), 0)
    assert.deepEqual(around.files(), [])
    assert.deepEqual(around.processes(), [])
  })

  test('ends a command that does not want to end', async () => {
    const script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    const words = ['shell', '--data', server.data, '--', 'sh', '-c', script]
    const running = new StrongroomProcess(words, { environment: around.environment })
    await running.says('ready')
    await server.end('SIGKILL')
    assert.equal((await running.ended).end, 137)
    await until(() => around.processes().length === 0, 'the end of the command')
  })
})

describe('a data directory whose path is too long for a socket', () => {
  let server: RunningServer
  beforeEach(async () => {
    const data = join(scratch, 'd'.repeat(60), 'e'.repeat(60))
    server = await RunningServer.start({ data, environment: around.environment })
  })
  afterEach(async () => server?.remove())

  test('has its socket in the temporary directory, at the same place after a kill, and nowhere after a stop', async () => {
    const [folder = '', socket] = around.files()
    assert.match(folder, /\/strongroom-[0-9a-f]{16}$/)
    assert.equal(socket, join(folder, 'control.sock'))
    assert.equal(socket, server.facts.controlSocket)
    await server.command(['shell', '--', 'true'])
    await server.end('SIGKILL')
    await server.start()
    assert.deepEqual(around.files(), [folder, socket])
    await server.command(['shell', '--', 'true'])
    assert.equal(await server.end(), 0)
    assert.deepEqual(around.files(), [])
  })
})

describe('a private server for one command', () => {
  const start = (...command: readonly string[]): StrongroomProcess =>
    new StrongroomProcess(['shell', '--ephemeral', '--', ...command], { environment: around.environment })

  test('serves the command, passes its exit code on, and leaves nothing', async () => {
    const program = join(import.meta.dirname, '..', '..', 'strongroom')
    const script = `"${program}" group create -n rg -l westeurope --query name -o tsv; echo "$STRONGROOM_DATA"; exit 5`
    const ran = await start('sh', '-c', script).ended
    const [name, data = ''] = ran.stdout.toString().split('\n')
    assert.deepEqual({ end: ran.end, name }, { end: 5, name: 'rg' }, ran.stderr)
    assert.ok(data.startsWith(join(around.temporary, 'strongroom-')), data)
    assert.deepEqual(around.files(), [])
    await until(() => around.processes().length === 0, 'the end of every process')
  })

  test('leaves nothing when it is killed', async () => {
    const running = start(...sleep)
    await running.says('ready')
    assert.notDeepEqual(around.files(), [])
    running.child.kill('SIGKILL')
    await running.ended
    await until(() => around.processes().length === 0, 'the end of every process')
    await until(() => around.files().length === 0, 'the end of its directory')
  })

  test('leaves nothing when it is told to end', async () => {
    const running = start(...sleep)
    await running.says('ready')
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).end, 143)
    assert.deepEqual(around.files(), [])
    await until(() => around.processes().length === 0, 'the end of every process')
  })
})

/** HOME, TMPDIR and a server's directory once the server has made what it makes in the background, and no draft is there. */
async function settledFiles(data: string): Promise<readonly string[]> {
  const made = ['audit/lane-0/reserve', 'checkpoints/latest'].map((path) => join(data, path))
  let found: readonly string[] = []
  const isSettled = (): boolean => {
    found = around.files(data)
    return made.every((path) => found.includes(path)) && !found.some((path) => path.endsWith('.new'))
  }
  await until(isSettled, 'the files of a server that has nothing to do')
  return found
}

/** The files are those given; what a running server replaces in one step is there for a moment under two names. */
async function assertFiles(expected: readonly string[], ...folders: readonly string[]): Promise<void> {
  const asExpected = (): boolean => isDeepStrictEqual(around.files(...folders), expected)
  await until(asExpected, 'the files as they were').catch(() => undefined)
  assert.deepEqual(around.files(...folders), expected)
}

async function assertRefused(given: GivenToCommand): Promise<void> {
  assert.match(given.identityHeader, /^[0-9a-f]{64}$/)
  const identity = (await askIdentity(given)).status
  assert.deepEqual({ identity, proxy: await proxyStatus(given) }, { identity: 401, proxy: 407 })
}

/** The status of a CONNECT to a host where nothing listens: 502 for a live session, 407 for none. */
async function proxyStatus(given: GivenToCommand): Promise<number> {
  const { status, socket } = await connectThrough(given, '127.0.0.1:1')
  socket.destroy()
  return status
}
