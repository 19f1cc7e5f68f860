import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const strongroom = join(checkout, 'strongroom')

export interface ServerOptions {
  /** Further flags of `serve`. */
  readonly flags?: readonly string[]
  /** Words before the program, such as `taskset -c 0`. */
  readonly prefix?: readonly string[]
  readonly data?: string
  /** The mount namespace that the server and its commands run in. */
  readonly namespace?: MountNamespace
  /** Where the server's own log lines go; default: kept, and shown when it ends unexpectedly. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** The checkout that is run; default: this one. */
  readonly checkout?: string
}

/** Where a file system is mounted that only some processes see. */
export interface MountNamespace {
  /** Words before a program that run it there: `nsenter`. */
  readonly enter: readonly string[]
  /** The path under which everybody else sees that namespace's files. */
  readonly root: string
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What `run.json` says. */
export interface RunFacts {
  readonly pid: number
  readonly httpsPort: number
  readonly proxyPort: number
  readonly identityPort: number
  readonly healthPort: number
  readonly privateEndpoints: readonly { readonly name: string; readonly address: string; readonly port: number }[]
  readonly controlSocket: string
  readonly tenantId: string
  readonly subscriptionId: string
  readonly caFile: string
  readonly auditVerifierKey: string
}

/** A real server process on free ports and a directory of its own, driven through its command line. */
export class RunningServer {
  readonly directory: string
  readonly data: string
  readonly #options: ServerOptions
  readonly #program: string
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined
  #ended: Promise<number | NodeJS.Signals | null> = Promise.resolve(null)
  #log = ''

  constructor(options: ServerOptions = {}) {
    this.#options = options
    this.#program = join(options.checkout ?? checkout, 'strongroom')
    this.directory = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
    this.data = options.data ?? join(this.directory, 'data')
  }

  static async start(options: ServerOptions = {}): Promise<RunningServer> {
    const server = new RunningServer(options)
    try {
      await server.start()
    } catch (failure) {
      server.#cleanUp()
      throw failure
    }
    return server
  }

  get facts(): RunFacts {
    return JSON.parse(readFileSync(join(this.#options.namespace?.root ?? '/', this.data, 'run.json'), 'utf8'))
  }

  get processId(): number {
    return this.#child?.pid ?? 0
  }

  /** What the server has written to stderr: all of it once it has ended; before that, the newest may still be on its way. */
  get log(): string {
    return this.#log
  }

  /** Starts the process and resolves to its ready line. Rejects with its stderr when it ends first. */
  async start(): Promise<string> {
    const ports = ['--https-port', '0', '--proxy-port', '0', '--identity-port', '0', '--health-port', '0']
    const [program = this.#program, ...parameters] = [
      ...(this.#options.namespace?.enter ?? []),
      ...(this.#options.prefix ?? []),
      this.#program,
      'serve',
      '--data',
      this.data,
      ...ports,
      ...(this.#options.flags ?? []),
    ]
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#options.environment },
    })
    this.#child = child
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => {
      this.#log += text
    })
    // Not 'exit', which may come before the last that the process has written.
    this.#ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
    return new Promise<string>((resolve, reject) => {
      let output = ''
      child.stdout.on('data', (text: string) => {
        output += text
        const line = output
          .split('\n')
          .slice(0, -1)
          .find((candidate) => candidate.includes('ready'))
        if (line !== undefined) resolve(line)
      })
      child.once('error', reject)
      void this.#ended.then((end) => reject(new Error(`The server ended with ${end}: ${this.#log.trim()}`)))
    })
  }

  /** Ends the process with a signal and resolves to its exit code or signal, once all that it has written is read. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return null
    child.kill(signal)
    return this.#ended
  }

  /** Ends the process and removes its directory. */
  async remove(): Promise<void> {
    await this.end()
    this.#cleanUp()
  }

  /** Runs one command of the command line against this server; never throws for its exit code. */
  async try(words: readonly string[], input?: string): Promise<Finished> {
    const border = words.indexOf('--')
    const own = border < 0 ? words : words.slice(0, border)
    const rest = border < 0 ? [] : words.slice(border)
    const enter = this.#options.namespace?.enter ?? []
    const [program = this.#program, ...parameters] = [...enter, this.#program, ...own, '--data', this.data, ...rest]
    return finish(spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] }), input)
  }

  /** Runs one command that must succeed and gives its stdout without the final line feed. */
  async command(words: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.try(words, input)
    if (code !== 0) throw new Error(`strongroom ${words.slice(0, 3).join(' ')} ended with ${code}: ${stderr.trim()}`)
    return stdout.replace(/\n$/, '')
  }

  #cleanUp(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Waits for a child process with piped output. */
export async function finish(
  child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable },
  input?: string,
): Promise<Finished> {
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)))
  })
  return { code, stdout: Buffer.concat(output).toString('utf8'), stderr: Buffer.concat(errors).toString('utf8') }
}

/** A resource group, a vault, an environment and an app with an identity, made through the command line. */
export interface Furnished {
  readonly group: string
  readonly vault: string
  readonly vaultId: string
  readonly app: string
  readonly principalId: string
  readonly operatorId: string
}

/** Makes what the walkthroughs start from. The operator gets Key Vault Secrets Officer at the vault; the app gets no role. */
export async function furnish(
  server: RunningServer,
  names: { readonly vault: string; readonly app: string },
): Promise<Furnished> {
  const group = `rg-${names.app}`
  await server.command(['group', 'create', '-n', group, '-l', 'westeurope', '-o', 'none'])
  const vaultId = await server.command([
    'keyvault',
    'create',
    '-n',
    names.vault,
    '-g',
    group,
    '--query',
    'id',
    '-o',
    'tsv',
  ])
  const operatorId = await server.command(['ad', 'signed-in-user', 'show', '--query', 'id', '-o', 'tsv'])
  await server.command([
    'role',
    'assignment',
    'create',
    '--role',
    'Key Vault Secrets Officer',
    '--assignee',
    operatorId,
    '--scope',
    vaultId,
    '-o',
    'none',
  ])
  await server.command(['containerapp', 'env', 'create', '-n', 'env', '-g', group, '-o', 'none'])
  await server.command([
    'containerapp',
    'create',
    '-n',
    names.app,
    '-g',
    group,
    '--environment',
    'env',
    '--env-vars',
    `KEY_VAULT_URL=https://${names.vault}.vault.azure.net/`,
    '-o',
    'none',
  ])
  await server.command([
    'containerapp',
    'identity',
    'assign',
    '-n',
    names.app,
    '-g',
    group,
    '--system-assigned',
    '-o',
    'none',
  ])
  const principalId = await server.command([
    'containerapp',
    'show',
    '-n',
    names.app,
    '-g',
    group,
    '--query',
    'identity.principalId',
    '-o',
    'tsv',
  ])
  return { group, vault: names.vault, vaultId, app: names.app, principalId, operatorId }
}

/** Gives an app's identity a role at a scope. */
export async function assignRole(
  server: RunningServer,
  principalId: string,
  role: string,
  scope: string,
): Promise<void> {
  await server.command([
    'role',
    'assignment',
    'create',
    '--role',
    role,
    '--assignee-object-id',
    principalId,
    '--assignee-principal-type',
    'ServicePrincipal',
    '--scope',
    scope,
    '-o',
    'none',
  ])
}
