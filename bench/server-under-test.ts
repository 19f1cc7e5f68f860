import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf } from './load.ts'

const home = dirname(dirname(fileURLToPath(import.meta.url)))
const strongroom = join(home, 'strongroom')

/** A server in a directory of its own, pinned to a core, with a vault, a secret and an app that may read it. */
export class ServerUnderTest {
  readonly data: string
  readonly #directory: string
  readonly #extra: readonly string[]
  #child: ChildProcess | undefined

  constructor(extra: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
    this.data = join(this.#directory, 'data')
    this.#extra = extra
  }

  get processId(): number {
    return this.#child?.pid ?? 0
  }

  get ports(): { readonly https: number; readonly caFile: string } {
    const file: { httpsPort: number; caFile: string } = JSON.parse(readFileSync(join(this.data, 'run.json'), 'utf8'))
    return { https: file.httpsPort, caFile: file.caFile }
  }

  /** Starts the server on core 0 and resolves to the milliseconds until its first answered request over TLS. */
  async start(): Promise<number> {
    const begun = performance.now()
    const ports = ['--https-port', '0', '--proxy-port', '0', '--identity-port', '0', '--health-port', '0']
    const child = spawn('taskset', ['-c', '0', strongroom, 'serve', '--data', this.data, ...ports, ...this.#extra], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString('utf8').includes('ready')) resolve()
      })
      child.once('exit', () => reject(new Error('The server ended before it was ready.')))
    })
    await firstAnswer(this.ports.https)
    return performance.now() - begun
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  command(words: readonly string[], input?: string): Promise<string> {
    return outputOf(strongroom, [...words, '--data', this.data], input).then((text) => text.trim())
  }

  /** Makes vault, secret, app and role, and gives a token of the app for the vault. */
  async prepare(): Promise<string> {
    await this.command(['group', 'create', '-n', 'rg', '-l', 'westeurope', '-o', 'none'])
    const vault = await this.command(['keyvault', 'create', '-n', 'kv-bench', '-g', 'rg', '--query', 'id', '-o', 'tsv'])
    const operator = await this.command(['ad', 'signed-in-user', 'show', '--query', 'id', '-o', 'tsv'])
    await this.command([
      'role',
      'assignment',
      'create',
      '--role',
      'Key Vault Secrets Officer',
      '--assignee',
      operator,
      '--scope',
      vault,
      '-o',
      'none',
    ])
    await this.command(
      [
        'keyvault',
        'secret',
        'set',
        '--vault-name',
        'kv-bench',
        '-n',
        'database-password',
        '--file',
        '/dev/stdin',
        '-o',
        'none',
      ],
      'v'.repeat(64),
    )
    await this.command(['containerapp', 'env', 'create', '-n', 'env', '-g', 'rg', '-o', 'none'])
    await this.command([
      'containerapp',
      'create',
      '-n',
      'reader',
      '-g',
      'rg',
      '--environment',
      'env',
      '--system-assigned',
      '-o',
      'none',
    ])
    const principal = await this.command([
      'containerapp',
      'show',
      '-n',
      'reader',
      '-g',
      'rg',
      '--query',
      'identity.principalId',
      '-o',
      'tsv',
    ])
    await this.command([
      'role',
      'assignment',
      'create',
      '--role',
      'Key Vault Secrets User',
      '--assignee-object-id',
      principal,
      '--assignee-principal-type',
      'ServicePrincipal',
      '--scope',
      vault,
      '-o',
      'none',
    ])
    return outputOf(strongroom, [
      'run',
      '--app',
      'reader',
      '--data',
      this.data,
      '--',
      process.execPath,
      join(home, 'test', 'support', 'print-token.ts'),
    ]).then((text) => text.trim())
  }
}

/** Asks until the server answers over TLS with any status. */
async function firstAnswer(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        servername: 'login.microsoftonline.com',
        headers: { host: 'login.microsoftonline.com' },
        path: '/common/discovery/keys',
        rejectUnauthorized: false,
      },
      (response) => {
        response.resume()
        response.once('end', resolve)
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}
