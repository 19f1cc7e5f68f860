/**
 * The main job from end to end on the embedded default, in a private temporary directory: an app reads its secret by who it is.
 * Leaves nothing behind. Exit 0 when every step did what it says.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const home = dirname(dirname(fileURLToPath(import.meta.url)))
const strongroom = join(home, 'strongroom')
const directory = mkdtempSync(join(tmpdir(), 'strongroom-demo-'))
const data = join(directory, 'data')
const [group, vault, app, secret] = ['rg-demo', 'kv-demo', 'demo-app', 'api-base-url']
const firstValue = 'https://example.internal'
const secondValue = 'https://v2.example.internal'
const started = performance.now()
let stepNumber = 0

let server: ChildProcessByStdio<null, Readable, null> | undefined
let program: ReturnType<typeof startApp> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    program?.stop()
    void stopServer().finally(() => {
      rmSync(directory, { recursive: true, force: true })
      process.exit(130)
    })
  })
}
try {
  await step('Start a server: encrypted SQLite, audit log, own CA, all on loopback', startServer)
  await step(`Create resource group ${group}, vault ${vault} and a secret`, async () => {
    await run(['group', 'create', '-n', group, '-l', 'westeurope', '-o', 'none'])
    const id = await run(['keyvault', 'create', '-n', vault, '-g', group, '-o', 'tsv', '--query', 'id'])
    await run([
      'role',
      'assignment',
      'create',
      '--role',
      'Key Vault Secrets Officer',
      '--assignee',
      await operatorId(),
      '--scope',
      id,
      '-o',
      'none',
    ])
    await run(
      ['keyvault', 'secret', 'set', '--vault-name', vault, '-n', secret, '--file', '/dev/stdin', '-o', 'none'],
      firstValue,
    )
    return `the operator is Owner, and still needed a data role at ${id.split('/').at(-1)} to write the value`
  })
  const principal = await step(`Create the container app ${app} with an identity of its own`, async () => {
    await run(['containerapp', 'env', 'create', '-n', 'env-demo', '-g', group, '-o', 'none'])
    await run([
      'containerapp',
      'create',
      '-n',
      app,
      '-g',
      group,
      '--environment',
      'env-demo',
      '--env-vars',
      `KEY_VAULT_URL=https://${vault}.vault.azure.net/`,
      '-o',
      'none',
    ])
    await run(['containerapp', 'identity', 'assign', '-n', app, '-g', group, '--system-assigned', '-o', 'none'])
    return run(['containerapp', 'show', '-n', app, '-g', group, '--query', 'identity.principalId', '-o', 'tsv'])
  })
  const running = startApp()
  program = running
  await step('The app asks for its secret, without a role: refused', async () => {
    const answer = await running.ask(secret)
    if (answer.error === undefined || !answer.error.includes('secrets/getSecret/action'))
      throw new Error('The read was not refused with the missing action.')
    return answer.error
      .split('\r\n')
      .filter((line) => /not authorized|^Action|^Resource|^Assignment/.test(line))
      .join('\n   ')
  })
  await step('Give the app the role Key Vault Secrets User on this one secret', async () => {
    const id = await run(['keyvault', 'show', '-n', vault, '-g', group, '--query', 'id', '-o', 'tsv'])
    await run([
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
      `${id}/secrets/${secret}`,
      '-o',
      'none',
    ])
  })
  let version = ''
  await step('The same running app asks again: it works on the next call', async () => {
    const answer = await running.ask(secret)
    if (answer.value !== firstValue || answer.version === undefined) throw new Error('The app did not read the value.')
    version = answer.version
    return `value ${answer.value}, version ${version}`
  })
  await step('Rotate the secret: the same process reads the new version, nothing is redeployed', async () => {
    await run(
      ['keyvault', 'secret', 'set', '--vault-name', vault, '-n', secret, '--file', '/dev/stdin', '-o', 'none'],
      secondValue,
    )
    const answer = await running.ask(secret)
    if (answer.value !== secondValue || answer.version === version)
      throw new Error('The app did not read the new version.')
    return `value ${answer.value}, version ${answer.version}`
  })
  await step('Versions and metadata, without values', async () => {
    const columns = '[].{Id:id, Enabled:attributes.enabled, Created:attributes.created}'
    const versions = ['keyvault', 'secret', 'list-versions', '--vault-name', vault, '-n', secret, '-o', 'table']
    const secrets = ['keyvault', 'secret', 'list', '--vault-name', vault, '-o', 'table']
    return [await run([...versions, '--query', columns]), await run([...secrets, '--query', columns])].join('\n\n')
  })
  await step('The audit trail', async () => {
    running.stop()
    return run(['audit', 'tail', '--filter', 'surface=vault', '-o', 'table'])
  })
  await step('Verify it, offline, against the pinned key', async () => run(['audit', 'verify', '--key', pinnedKey()]))
} catch (failure) {
  console.error(`\nThe demo failed: ${failure instanceof Error ? failure.message : String(failure)}`)
  process.exitCode = 1
} finally {
  program?.stop()
  await stopServer()
  rmSync(directory, { recursive: true, force: true })
}
if (process.exitCode === undefined)
  console.log(`\nDone in ${((performance.now() - started) / 1000).toFixed(1)} s. Nothing was left behind.`)

async function step(title: string, work: () => Promise<string | undefined>): Promise<string> {
  stepNumber++
  const begun = performance.now()
  if (process.stdout.isTTY) process.stdout.write(`${stepNumber}. ${title} …`)
  const result = (await work()) ?? ''
  const line = `${stepNumber}. ${title} (${((performance.now() - begun) / 1000).toFixed(1)} s)`
  console.log(process.stdout.isTTY ? `\r${line}` : line)
  if (result !== '') console.log(indent(result))
  return result.trim()
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `   ${line}`)
    .join('\n')
}

async function startServer(): Promise<string> {
  const ports = ['--https-port', '0', '--proxy-port', '0', '--identity-port', '0', '--health-port', '0']
  const child = spawn(strongroom, ['serve', '--data', data, ...ports], { stdio: ['ignore', 'pipe', 'inherit'] })
  server = child
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    if (!line.includes('ready')) continue
    lines.close()
    child.stdout.resume()
    return line
  }
  throw new Error('The server ended before it was ready.')
}

async function stopServer(): Promise<void> {
  const child = server
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** As printed at first start; `run.json` repeats it for convenience. */
function pinnedKey(): string {
  const facts: { readonly auditVerifierKey: string } = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'))
  return facts.auditVerifierKey
}

async function operatorId(): Promise<string> {
  return run(['ad', 'signed-in-user', 'show', '--query', 'id', '-o', 'tsv'])
}

/** Runs one command of the command line and gives its stdout. */
async function run(command: readonly string[], input?: string): Promise<string> {
  const child = spawn(strongroom, [...command, '--data', data], { stdio: ['pipe', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  child.stdin.end(input)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  if (code !== 0)
    throw new Error(
      `strongroom ${command.slice(0, 3).join(' ')} ended with ${code}: ${Buffer.concat(errors).toString('utf8').trim()}`,
    )
  return Buffer.concat(output).toString('utf8').trim()
}

interface AppAnswer {
  readonly value?: string
  readonly version?: string
  readonly error?: string
}

function startApp(): { ask(name: string): Promise<AppAnswer>; stop(): void } {
  const node = process.execPath
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    strongroom,
    ['run', '--app', app, '-g', group, '--data', data, '--', node, join(home, 'scripts', 'demo-app.ts')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(name) {
      child.stdin.write(`${name}\n`)
      const next = await lines.next()
      if (next.done === true) throw new Error('The app ended.')
      const answer: AppAnswer = JSON.parse(next.value)
      return answer
    },
    stop() {
      child.stdin.end()
    },
  }
}
