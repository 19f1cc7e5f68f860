import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { operatorToken, type RawAnswer, RawClient } from '../support/raw-client.ts'
import { type Finished, furnish, RunningServer, strongroom } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

const secrets = { first: 'canary-state-first', second: 'canary-state-second', third: 'canary-state-third' }
const host = 'kv-state.vault.azure.net'

describe('a server on state that is not as it was left', () => {
  /** What every test breaks a copy of: a data directory after a clean stop. */
  let original: RunningServer
  let scratch: string
  let copies = 0

  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'strongroom-broken-'))
    original = await RunningServer.start()
    await furnish(original, { vault: 'kv-state', app: 'state-app' })
    const client = new RawClient(original.facts.httpsPort)
    const token = await operatorToken(original)
    for (const [name, value] of Object.entries(secrets)) {
      const answer = await client.send({
        method: 'PUT',
        path: `/secrets/${name}?api-version=7.4`,
        host,
        token,
        body: JSON.stringify({ value }),
      })
      assert.equal(answer.status, 200, answer.text)
    }
    client.close()
    await original.end()
  })
  after(async () => {
    await original?.remove()
    rmSync(scratch, { recursive: true, force: true })
  })

  function copyData(): string {
    copies++
    const copy = join(scratch, `copy-${copies}`)
    cpSync(original.data, copy, { recursive: true })
    return copy
  }

  /** A serve that must end by itself, with 1 and one sentence for the operator. */
  async function serveRefused(data: string, flags: readonly string[] = []): Promise<string> {
    const { code, stdout, stderr } = await serveUntilItEnds(data, flags)
    assert.equal(stdout, '', 'the server became ready')
    assert.equal(code, 1, stderr)
    const said = stderr.split('\n').filter((line) => line.startsWith('ERROR: '))
    assert.equal(said.length, 1, stderr)
    for (const value of Object.values(secrets)) assert.ok(!stderr.includes(value))
    assert.doesNotMatch(stderr, /^\s+at /m, 'a stack trace is no sentence')
    return said[0]?.slice('ERROR: '.length) ?? ''
  }
  describe('key-encryption key', () => {
    const keyFile = (data: string): string => join(data, 'keys', 'key-encryption-key')

    test('missing', async () => {
      const data = copyData()
      rmSync(keyFile(data))
      assert.match(await serveRefused(data), /^The key file 'key-encryption-key' is missing/)
      assert.deepEqual(readdirSync(join(data, 'keys')), [], 'a new key was made in its place')
    })

    test('another key', async () => {
      const data = copyData()
      writeFileSync(keyFile(data), renderKeyFile(randomBytes(16)))
      assert.match(await serveRefused(data), /^The key file 'key-encryption-key' holds another key than/)
    })

    test('another key under the same id', async () => {
      const data = copyData()
      const [, id = ''] = /^id (\w+)$/m.exec(readFileSync(keyFile(data), 'utf8')) ?? []
      writeFileSync(keyFile(data), renderKeyFile(Buffer.from(id, 'hex')))
      assert.match(await serveRefused(data), /^The key file 'key-encryption-key' does not open this installation\./)
    })

    test('a damaged file', async () => {
      const data = copyData()
      const text = readFileSync(keyFile(data), 'utf8')
      const [, key = ''] = /^key (\S+)$/m.exec(text) ?? []
      writeFileSync(keyFile(data), text.replace(key, `${key.startsWith('A') ? 'B' : 'A'}${key.slice(1)}`))
      assert.match(await serveRefused(data), /^The key file 'key-encryption-key' is damaged: its checksum/)
    })

    test('a passphrase where a key file was', async () => {
      const data = copyData()
      const passphrase = join(scratch, 'passphrase')
      writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
      assert.match(
        await serveRefused(data, ['--passphrase-file', passphrase]),
        /^This installation is sealed with a key file, and the server was started with a passphrase\./,
      )
    })

    test('a file that others may read', async () => {
      const data = copyData()
      chmodSync(keyFile(data), 0o644)
      assert.match(await serveRefused(data), /^The key file 'key-encryption-key' has mode 644, /)
    })

    test('a folder that others may enter', async () => {
      const data = copyData()
      chmodSync(join(data, 'keys'), 0o755)
      assert.match(await serveRefused(data), /mode 755/)
    })
  })

  describe('data directory', () => {
    test('one that others may enter', async () => {
      const data = copyData()
      chmodSync(data, 0o755)
      assert.equal(await serveRefused(data), 'The data directory is open to other users (mode 755). Give it mode 700.')
    })

    test('one that another server uses, which goes on answering', async () => {
      const first = await RunningServer.start({ data: copyData() })
      try {
        const before = first.facts
        assert.equal(
          await serveRefused(first.data),
          'Another Strongroom server uses this data directory. Stop it, or choose another directory.',
        )
        assert.deepEqual(first.facts, before, 'the second server changed run.json')
        assert.equal(await readSecret(first, 'first').then(({ status }) => status), 200)
      } finally {
        await first.remove()
      }
    })

    test('a database file cut short, and one that is none', async () => {
      const damaged = 'The database file is damaged. Stop the server and restore a backup.'
      const short = copyData()
      truncateSync(join(short, 'strongroom.sqlite'), 40_000)
      assert.equal(await serveRefused(short), damaged)
      const none = copyData()
      writeFileSync(join(none, 'strongroom.sqlite'), randomBytes(100_000))
      assert.equal(await serveRefused(none), damaged)
    })
  })

  describe('rows', () => {
    const sealed = [
      ['signing-key', 'UPDATE signing_key SET sealed = flip(sealed)'],
      ['domain-key tenant', "UPDATE domain_key SET sealed = flip(sealed) WHERE domain LIKE 'tenant/%/signing'"],
      ['domain-key audit', "UPDATE domain_key SET sealed = flip(sealed) WHERE domain = 'audit'"],
      ['domain-key ca', "UPDATE domain_key SET sealed = flip(sealed) WHERE domain = 'ca'"],
      ['audit-key', "UPDATE installation SET value = flip(value) WHERE name LIKE 'audit%key%'"],
      ['certificate-authority-key', "UPDATE installation SET value = flip(value) WHERE name = 'ca-key'"],
    ] as const
    for (const [what, sql] of sealed) {
      test(`a byte of the sealed ${what} changed stops the start, which names it`, async () => {
        const data = copyData()
        change(data, sql)
        const said = await serveRefused(data)
        assert.match(
          said,
          new RegExp(`^What is sealed as '.*${what}.*' was altered or does not belong where it was found\\.$`),
        )
      })
    }

    const brokenSecrets = [
      [
        'a sealed value with one byte changed',
        "UPDATE secret_version SET sealed_value = flip(sealed_value) WHERE name_canonical = 'first'",
      ],
      [
        'a sealed data key with one byte changed',
        "UPDATE secret_version SET sealed_key = flip(sealed_key) WHERE name_canonical = 'first'",
      ],
      [
        'a sealed value cut short',
        "UPDATE secret_version SET sealed_value = substr(sealed_value, 1, 20) WHERE name_canonical = 'first'",
      ],
      [
        "another secret's sealed value in its place",
        "UPDATE secret_version SET sealed_value = (SELECT sealed_value FROM secret_version WHERE name_canonical = 'second') WHERE name_canonical = 'first'",
      ],
      [
        "another secret's sealed value and data key in its place",
        "UPDATE secret_version SET (sealed_value, sealed_key) = (SELECT sealed_value, sealed_key FROM secret_version WHERE name_canonical = 'second') WHERE name_canonical = 'first'",
      ],
    ] as const
    for (const [what, sql] of brokenSecrets) {
      test(`${what} is never opened, and named in the log; other secrets are served`, async () => {
        const data = copyData()
        change(data, sql)
        const server = await RunningServer.start({ data })
        try {
          const answer = await readSecret(server, 'first')
          assert.equal(answer.status, 500)
          const requestId = String(answer.headers['x-ms-request-id'])
          assert.deepEqual(JSON.parse(answer.text), {
            error: { code: 'InternalServerError', message: `The request failed. Request id: ${requestId}.` },
          })
          const logged = (): string =>
            server.log
              .split('\n')
              .slice(0, -1)
              .find((line) => line.includes(requestId)) ?? ''
          await until(() => logged() !== '', 'the line of the request in the log')
          assert.match(logged(), /"code":"SealBroken"/)
          assert.match(
            logged(),
            /What is sealed as '[^']* secret first [^']*' (was altered or does not belong where it was found|has an unknown format or is cut short)\./,
          )
          assert.equal(JSON.parse((await readSecret(server, 'third')).text).value, secrets.third)
          for (const value of Object.values(secrets)) assert.ok(!server.log.includes(value))
        } finally {
          await server.remove()
        }
      })
    }
  })

  describe('audit log', () => {
    const segment = (data: string): string => join(data, 'audit', 'lane-0', '0000000000000000.segment')
    /** Where the second place is when it is on another disk. */
    const outside = (data: string): string => join(data, 'checkpoints', 'latest')

    test('a segment cut in the middle', async () => {
      const data = copyData()
      cutInHalf(segment(data))
      assert.match(
        await serveRefused(data),
        /^Lane 0 of the audit log holds \d+ records, but the checkpoint kept outside it says \d+: records were lost/,
      )
    })

    test('a segment cut in the middle, and the outside checkpoint gone', async () => {
      const data = copyData()
      cutInHalf(segment(data))
      rmSync(outside(data))
      assert.match(
        await serveRefused(data),
        /^Lane 0 of the audit log holds \d+ records, but the database says that \d+ were written: records were lost/,
      )
    })

    test('one byte of an early record changed', async () => {
      const data = copyData()
      const bytes = readFileSync(segment(data))
      const at = bytes.indexOf('"operationName"')
      bytes.writeUInt8(bytes.readUInt8(at + 1) ^ 1, at + 1)
      writeFileSync(segment(data), bytes)
      assert.match(await serveRefused(data), /^Lane 0 of the audit log is damaged: /)
    })

    test('the whole log gone', async () => {
      const data = copyData()
      rmSync(join(data, 'audit'), { recursive: true })
      assert.match(await serveRefused(data), /^Lane 0 of the audit log holds 0 records, but /)
    })

    test('a log older than the outside checkpoint', async () => {
      const server = await RunningServer.start({ data: copyData() })
      const { data } = server
      try {
        assert.equal((await readSecret(server, 'first')).status, 200)
        await server.end()
        rmSync(join(data, 'audit'), { recursive: true })
        cpSync(join(original.data, 'audit'), join(data, 'audit'), { recursive: true })
        const [, held = '', said = ''] =
          /^Lane 0 of the audit log holds (\d+) records, but the checkpoint kept outside it says (\d+): records were lost, or an older copy was put back\./.exec(
            await serveRefused(data),
          ) ?? []
        assert.ok(Number(held) < Number(said))
      } finally {
        await server.remove()
      }
    })

    test("another log's checkpoint in the outside place", async () => {
      const data = copyData()
      writeFileSync(outside(data), readFileSync(outside(data), 'utf8').replace('/audit/0', '/audit/1'))
      assert.match(await serveRefused(data), /^The checkpoint kept outside the data directory for lane 0 /)
    })

    test('the outside checkpoint gone, and nothing else: a warning, and a new one', async () => {
      const data = copyData()
      rmSync(outside(data))
      const server = await RunningServer.start({ data })
      try {
        const warning = 'No checkpoint of the audit log is kept outside the data directory'
        await until(() => server.log.includes(warning), 'the warning')
        assert.equal((await readSecret(server, 'first')).status, 200)
        await server.end()
        assert.ok(readFileSync(outside(data), 'utf8').length > 0)
      } finally {
        await server.remove()
      }
    })
  })

  async function readSecret(server: RunningServer, name: string): Promise<RawAnswer> {
    const client = new RawClient(server.facts.httpsPort)
    try {
      return await client.send({ path: `/secrets/${name}?api-version=7.4`, host, token: await operatorToken(server) })
    } finally {
      client.close()
    }
  }
})

/** Runs `serve`; one that becomes ready is stopped. */
async function serveUntilItEnds(data: string, flags: readonly string[]): Promise<Finished> {
  const ports = ['--https-port', '0', '--proxy-port', '0', '--identity-port', '0', '--health-port', '0']
  const child = spawn(strongroom, ['serve', '--data', data, ...ports, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
    child.kill('SIGTERM')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 128)))
  return { code, stdout, stderr }
}

/** Changes rows behind a stopped server's back. `flip` changes one bit in the middle of bytes, or of bytes kept as base64. */
function change(data: string, sql: string): void {
  const database = new DatabaseSync(join(data, 'strongroom.sqlite'))
  try {
    database.function('flip', (stored) => {
      const isText = typeof stored === 'string'
      if (!isText && !(stored instanceof Uint8Array)) throw new TypeError('Bytes were expected.')
      const bytes = isText ? Buffer.from(stored, 'base64') : Buffer.from(stored)
      const at = Math.floor(bytes.length / 2)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return isText ? bytes.toString('base64') : bytes
    })
    assert.equal(database.prepare(sql).run().changes, 1)
  } finally {
    database.close()
  }
}

/** Cuts a segment in the middle of what was written; zeros behind that are room for more. */
function cutInHalf(segment: string): void {
  const written = readFileSync(segment).findLastIndex((byte) => byte !== 0) + 1
  truncateSync(segment, Math.floor(written / 2))
}

/** A whole key file with a key of its own. */
function renderKeyFile(id: Buffer): string {
  const body = `strongroom-key-encryption-key 1\nid ${id.toString('hex')}\nkey ${randomBytes(32).toString('base64')}\n`
  return `${body}checksum ${createHash('sha256').update(body).digest('hex')}\n`
}
