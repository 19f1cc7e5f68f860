import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkout, RunningServer, strongroom } from '../support/running-server.ts'
import { runStrongroom, StrongroomProcess } from '../support/strongroom-process.ts'

let scratch: string
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'strongroom-e2e-'))
})
after(() => rmSync(scratch, { recursive: true, force: true }))

describe('the launcher', () => {
  test('works from another directory', async () => {
    const ran = await runStrongroom(['--help'], { cwd: scratch })
    assert.equal(ran.end, 0)
    assert.match(ran.stdout.toString(), /^Usage: strongroom/)
  })

  test('works through symbolic links, also relative ones', async () => {
    mkdirSync(join(scratch, 'bin'))
    symlinkSync(strongroom, join(scratch, 'first'))
    symlinkSync('../first', join(scratch, 'bin', 'second'))
    const ran = await runStrongroom(['--help'], { program: join(scratch, 'bin', 'second'), cwd: tmpdir() })
    assert.deepEqual({ end: ran.end, stderr: ran.stderr }, { end: 0, stderr: '' })
  })

  test('is not led astray by CDPATH', async () => {
    const elsewhere = join(scratch, 'elsewhere')
    mkdirSync(join(elsewhere, 'here'), { recursive: true })
    mkdirSync(join(scratch, 'here'), { recursive: true })
    cpSync(strongroom, join(scratch, 'here', 'strongroom'))
    symlinkSync(join(checkout, 'node_modules'), join(scratch, 'here', 'node_modules'))
    for (const name of ['src', 'package.json']) symlinkSync(join(checkout, name), join(scratch, 'here', name))
    const ran = await runStrongroom(['--help'], {
      program: 'here/strongroom',
      cwd: scratch,
      environment: { ...process.env, CDPATH: elsewhere },
    })
    assert.deepEqual({ end: ran.end, stderr: ran.stderr }, { end: 0, stderr: '' })
  })

  test('uses its own Node, whatever Node comes first on the PATH', async () => {
    const old = join(scratch, 'old')
    mkdirSync(old)
    writeFileSync(join(old, 'node'), '#!/bin/sh\necho "an old node was used" >&2\nexit 99\n')
    chmodSync(join(old, 'node'), 0o755)
    const ran = await runStrongroom(['--help'], { environment: { PATH: `${old}:/usr/bin:/bin` } })
    assert.deepEqual({ end: ran.end, stderr: ran.stderr }, { end: 0, stderr: '' })
  })

  test('says before npm ci what to do, and ends with 2', async () => {
    const copy = join(scratch, 'fresh')
    mkdirSync(copy)
    for (const name of ['strongroom', 'package.json', 'src']) {
      cpSync(join(checkout, name), join(copy, name), { recursive: true })
    }
    const ran = await runStrongroom(['serve'], { program: join(copy, 'strongroom') })
    assert.deepEqual(
      { end: ran.end, stdout: ran.stdout.toString(), stderr: ran.stderr },
      {
        end: 2,
        stdout: '',
        stderr: `strongroom: the dependencies are not installed yet. Run 'npm ci' in ${copy} first.\n`,
      },
    )
  })

  for (const words of [
    ['run', '--app', 'some-app'],
    ['shell'],
    ['session', 'start', '--app', 'some-app'],
    ['session', 'list'],
    ['group', 'create', '-n', 'rg', '-l', 'westeurope'],
  ]) {
    test(`'${words.slice(0, 2).join(' ')}' without a server says so and ends with 2`, async () => {
      const directory = join(scratch, 'no-server')
      const rest = words[0] === 'run' || words[0] === 'shell' ? ['--', 'true'] : []
      const ran = await runStrongroom([...words, '--data', directory, ...rest])
      assert.deepEqual(
        { end: ran.end, stdout: ran.stdout.toString(), stderr: ran.stderr },
        {
          end: 2,
          stdout: '',
          stderr: `ERROR: No server is running on ${directory}. Start one with 'strongroom serve', or name its directory with --data.\n`,
        },
      )
      assert.equal(existsSync(directory), false)
    })
  }
})

describe('a command under a session', () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
  })
  after(async () => server?.remove())

  const shell = (...command: readonly string[]): string[] => ['shell', '--data', server.data, '--', ...command]

  for (const [script, code] of [
    ['exit 0', 0],
    ['exit 3', 3],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['kill -USR2 $$', 140],
  ] as const) {
    test(`'${script}' ends the launcher with ${code}`, async () => {
      const ran = await runStrongroom(shell('sh', '-c', script))
      assert.equal(ran.end, code, ran.stderr)
    })
  }

  test('a command that does not exist ends with 127 and a sentence', async () => {
    const ran = await runStrongroom(shell('no-such-command-here'))
    assert.equal(ran.end, 127)
    assert.match(ran.stderr, /^ERROR: The command 'no-such-command-here' was not found\.$/m)
  })

  test('no command at all ends with 2 and a sentence', async () => {
    const ran = await runStrongroom(['shell', '--data', server.data])
    assert.deepEqual({ end: ran.end, stdout: ran.stdout.toString() }, { end: 2, stdout: '' })
    assert.match(ran.stderr, /^ERROR: Name the command to run after --/)
  })

  test('an app that does not exist ends with 3 and starts nothing', async () => {
    const ran = await runStrongroom(['run', '--app', 'nobody', '--data', server.data, '--', 'echo', 'started'])
    assert.deepEqual({ end: ran.end, stdout: ran.stdout.toString() }, { end: 3, stdout: '' })
    assert.match(ran.stderr, /nobody/)
  })

  test('words after -- arrive untouched', async () => {
    const words = ['--data', '-g', '', 'two words', '$HOME', "it's", '--', '--app=x']
    const ran = await runStrongroom(
      shell(process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...words),
    )
    assert.deepEqual(JSON.parse(ran.stdout.toString()), words)
  })

  test('stdin and stdout pass every byte', async () => {
    const bytes = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, at) => at)), randomBytes(300_000)])
    const ran = await runStrongroom(shell('cat'), { input: bytes })
    assert.equal(ran.end, 0)
    assert.ok(ran.stdout.equals(bytes), 'the bytes differ')
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) {
    test(`${signal} to the launcher reaches the command, which decides`, async () => {
      const script = `trap 'echo caught; exit 7' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`
      const running = new StrongroomProcess(shell('sh', '-c', script))
      await running.says('ready')
      running.child.kill(signal)
      const ran = await running.ended
      assert.deepEqual({ end: ran.end, stdout: ran.stdout.toString() }, { end: 7, stdout: 'ready\ncaught\n' })
    })
  }

  test('a signal that the command does not catch ends both', async () => {
    const running = new StrongroomProcess(shell('sh', '-c', 'echo ready; exec sleep 60'))
    await running.says('ready')
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).end, 143)
  })

  const hasTerminals = existsSync('/usr/bin/script')
  test('Ctrl-C on a terminal reaches the command once', {
    skip: hasTerminals ? false : 'there is no script(1)',
  }, async () => {
    const count = join(scratch, 'interrupts')
    const program = [
      "const { appendFileSync } = require('node:fs')",
      `process.on('SIGINT', () => { appendFileSync(${JSON.stringify(count)}, 'x'); setTimeout(() => process.exit(7), 300) })`,
      "console.log('ready')",
      'setInterval(() => {}, 1000)',
    ].join(';')
    const words = shell(process.execPath, '-e', program).map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    // exec: some shells stay in between, and the terminal would interrupt them as well.
    const child = spawn('script', ['-qec', `exec ${strongroom} ${words.join(' ')}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let seen = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const wasReady = seen.includes('ready')
      seen += chunk.toString()
      if (!wasReady && seen.includes('ready')) child.stdin.write('\x03')
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 7)
    assert.equal(readFileSync(count, 'utf8'), 'x')
  })
})
