import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missing } from '../support/components.ts'
import { RunningServer, strongroom } from '../support/running-server.ts'

const skip = missing('script', ['--version'], "'script' of util-linux is not installed")

/** What a person sees and is asked; piped, the same commands say nothing but their result. */
describe('on a terminal', { skip }, () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
    for (const name of ['rg-asked', 'rg-piped'])
      await server.command(['group', 'create', '-n', name, '-l', 'westeurope', '-o', 'none'])
  })
  after(async () => server?.remove())

  /** Runs a command on a terminal of its own on which a person types this. */
  async function onTerminal(
    words: readonly string[],
    typed: string,
    config = 'nobody',
  ): Promise<{ readonly code: number; readonly seen: string }> {
    const line = [strongroom, ...words, '--data', server.data].map((word) => `'${word}'`).join(' ')
    const environment = { ...process.env, STRONGROOM_CONFIG_DIR: join(server.directory, config), TERM: 'xterm' }
    const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'], env: environment })
    let asked = ''
    child.stdout.on('data', (chunk: Buffer) => {
      // What is typed before the question would be shown by the terminal itself.
      const wasAsked = asked.includes(': ')
      asked += chunk.toString('utf8')
      if (!wasAsked && asked.includes(': ')) child.stdin.write(typed)
    })
    const seen: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => seen.push(chunk))
    const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? 1)))
    return { code, seen: Buffer.concat(seen).toString('utf8') }
  }

  test('a command that destroys something asks first, and does nothing for no', async () => {
    const { code, seen } = await onTerminal(['group', 'delete', '-n', 'rg-asked'], 'what\nn\n')
    assert.equal(code, 1)
    assert.equal(seen.match(/Are you sure you want to perform this operation\? \(y\/n\): /g)?.length, 2)
    assert.match(seen, /ERROR: Operation cancelled\./)
    assert.equal(await server.command(['group', 'exists', '-n', 'rg-asked']), 'true')
  })

  test('it goes on for yes', async () => {
    const { code } = await onTerminal(['group', 'delete', '-n', 'rg-asked'], 'y\n')
    assert.equal(code, 0)
    assert.equal(await server.command(['group', 'exists', '-n', 'rg-asked']), 'false')
  })

  test('where nobody can be asked it is refused, and --yes answers beforehand', async () => {
    assert.deepEqual(await server.try(['group', 'delete', '-n', 'rg-piped']), {
      code: 1,
      stdout: '',
      stderr: 'ERROR: Unable to prompt for confirmation as no tty available. Use --yes.\n',
    })
    assert.deepEqual(await server.try(['group', 'delete', '-n', 'rg-piped', '--yes']), {
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('a client secret is asked for and not shown', async () => {
    const principal = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '--name', 'on-terminal']))
    const words = ['login', '--service-principal', '-u', principal.appId, '--tenant', principal.tenant]
    const { code, seen } = await onTerminal(
      [...words, '--allow-no-subscriptions', '-o', 'none'],
      `${principal.password}\n`,
      'somebody',
    )
    assert.equal(code, 0, seen)
    assert.ok(existsSync(join(server.directory, 'somebody', 'sign-in.json')))
    assert.match(seen, /^Password: /)
    assert.ok(!seen.includes(principal.password))
  })

  test('jsonc has colours there, and none in a pipe', async () => {
    const { seen } = await onTerminal(['group', 'exists', '-n', 'x', '-o', 'jsonc'], '')
    assert.ok(seen.includes('\u001b[34mfalse\u001b[39;49;00m'), JSON.stringify(seen))
    assert.equal(await server.command(['group', 'exists', '-n', 'x', '-o', 'jsonc']), 'false')
  })
})
