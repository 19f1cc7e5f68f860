import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { certificateToPem, createAuthorityCertificate } from '#crypto/certificates.ts'
import { generateP256KeyPair } from '#crypto/signing.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'
import { finish, RunningServer, strongroom } from '../support/running-server.ts'

const findingsShape = z.array(
  z.strictObject({
    check: z.enum(['modes', 'key', 'database', 'authority', 'clock', 'audit']),
    outcome: z.enum(['well', 'warning', 'wrong', 'skipped']),
    sentence: z.string().min(20),
  }),
)
const dayMilliseconds = 86_400_000

interface Examination {
  readonly code: number
  /** The checks that are not well, and what they are instead. */
  readonly notWell: Readonly<Record<string, string>>
  readonly sentence: (check: string) => string
}

/** What `doctor` says of a data directory. */
async function examine(data: string, flags: readonly string[] = []): Promise<Examination> {
  const words = ['doctor', '--data', data, '-o', 'json', ...flags]
  const { code, stdout, stderr } = await finish(spawn(strongroom, words, { stdio: ['pipe', 'pipe', 'pipe'] }))
  assert.equal(stderr, '')
  const findings = findingsShape.parse(JSON.parse(stdout))
  assert.deepEqual(
    findings.map(({ check }) => check),
    ['modes', 'key', 'database', 'authority', 'clock', 'audit'],
  )
  return {
    code,
    notWell: Object.fromEntries(
      findings.filter(({ outcome }) => outcome !== 'well').map(({ check, outcome }) => [check, outcome]),
    ),
    sentence: (wanted) => findings.find(({ check }) => check === wanted)?.sentence ?? '',
  }
}

describe('doctor', () => {
  let folder = ''
  let healthy = ''
  let copies = 0

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
    healthy = join(folder, 'healthy')
    const server = await RunningServer.start({ data: healthy })
    try {
      await server.command(['group', 'create', '-n', 'rg', '-l', 'westeurope', '-o', 'none'])
      const running = await examine(healthy)
      assert.deepEqual([running.code, running.notWell], [0, {}])
      assert.match(running.sentence('database'), /; in use by a running server\.$/)
    } finally {
      await server.remove()
    }
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A stopped server's data directory with something done to it. */
  function broken(change: (data: string) => void): string {
    copies++
    const data = join(folder, `copy-${copies}`)
    cpSync(healthy, data, { recursive: true })
    change(data)
    return data
  }

  function runSql(data: string, statement: string, ...values: readonly (string | number)[]): void {
    const database = new DatabaseSync(join(data, 'strongroom.sqlite'))
    database.prepare(statement).run(...values)
    database.close()
  }

  function segmentOf(data: string): string {
    const lane = join(data, 'audit', 'lane-0')
    return join(lane, readdirSync(lane).find((name) => name.endsWith('.segment')) ?? '')
  }

  test('finds a healthy installation well, and changes nothing in it', async () => {
    const data = broken(() => undefined)
    const bytes = readFileSync(join(data, 'strongroom.sqlite'))
    const { code, notWell, sentence } = await examine(data)
    assert.deepEqual([code, notWell], [0, {}])
    assert.doesNotMatch(sentence('database'), /running/)
    assert.match(sentence('audit'), /^The audit log of \d+ records is what this installation's key signed/)
    assert.deepEqual(readFileSync(join(data, 'strongroom.sqlite')), bytes)
    const words = ['doctor', '--data', data]
    const { stdout } = await finish(spawn(strongroom, words, { stdio: ['pipe', 'pipe', 'pipe'] }))
    assert.match(stdout, /^well {4}modes {6}The data directory and the \d+ entries in it are its owner's alone\.\n/)
  })

  test('makes nothing where there is nothing', async () => {
    const data = join(folder, 'nothing')
    const { code, notWell } = await examine(data)
    assert.equal(code, 10)
    assert.deepEqual([notWell['modes'], notWell['database'], notWell['audit']], ['wrong', 'wrong', 'skipped'])
    assert.equal(existsSync(data), false)
  })

  describe('exit 10: modes', () => {
    const paths: readonly (readonly [string, number])[] = [
      ['.', 0o750],
      ['strongroom.sqlite', 0o604],
      [join('audit', 'lane-0'), 0o711],
      [join('checkpoints', 'latest'), 0o644],
    ]
    for (const [path, mode] of paths) {
      test(`'${path}' with mode ${mode.toString(8)}`, async () => {
        const { code, notWell, sentence } = await examine(broken((data) => chmodSync(join(data, path), mode)))
        assert.deepEqual([code, notWell], [10, { modes: 'wrong' }])
        assert.ok(sentence('modes').includes(`'${path}' has mode ${mode.toString(8)}`), sentence('modes'))
      })
    }
  })

  describe('exit 11: the key-encryption key', () => {
    const keyFile = join('keys', 'key-encryption-key')
    const notWell = { key: 'wrong', audit: 'skipped' }

    test('is missing, and is not made', async () => {
      const data = broken((copy) => rmSync(join(copy, keyFile)))
      const found = await examine(data)
      assert.deepEqual([found.code, found.notWell], [11, notWell])
      assert.match(found.sentence('key'), /^The key file 'key-encryption-key' is missing/)
      assert.equal(existsSync(join(data, keyFile)), false)
    })

    test('is damaged', async () => {
      const found = await examine(broken((data) => writeFileSync(join(data, keyFile), 'no key\n')))
      assert.deepEqual([found.code, found.notWell], [11, notWell])
      assert.match(found.sentence('key'), /is damaged/)
    })

    test('is of another installation', async () => {
      const other = await RunningServer.start()
      try {
        const found = await examine(healthy, ['--kek-file', join(other.data, keyFile)])
        assert.deepEqual([found.code, found.notWell], [11, notWell])
        assert.match(found.sentence('key'), /holds another key than the one this installation is sealed with/)
      } finally {
        await other.remove()
      }
    })
  })

  describe('exit 12: the database', () => {
    const notWell = { database: 'wrong', key: 'skipped', authority: 'skipped', clock: 'skipped', audit: 'skipped' }

    test('is damaged', async () => {
      const data = broken((copy) => {
        const file = join(copy, 'strongroom.sqlite')
        const bytes = readFileSync(file)
        // Every page but the first, which holds the schema.
        for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xee, at, at + 16)
        writeFileSync(file, bytes)
      })
      const found = await examine(data)
      assert.deepEqual([found.code, found.notWell], [12, notWell])
      assert.match(found.sentence('database'), /damaged/)
    })

    test('is no database', async () => {
      const found = await examine(broken((data) => writeFileSync(join(data, 'strongroom.sqlite'), 'x'.repeat(8192))))
      assert.deepEqual([found.code, found.notWell], [12, notWell])
    })

    test('is missing', async () => {
      const found = await examine(broken((data) => rmSync(join(data, 'strongroom.sqlite'))))
      assert.deepEqual([found.code, found.notWell], [12, notWell])
    })

    test('was written by a newer program', async () => {
      const data = broken((copy) => runSql(copy, "INSERT INTO schema_migration VALUES (999, 'later', 0)"))
      const found = await examine(data)
      assert.deepEqual([found.code, found.notWell], [12, notWell])
      assert.match(found.sentence('database'), /schema version 999, written by a newer Strongroom/)
    })
  })

  describe('exit 13: the certificate authority', () => {
    /** Gives the installation an authority that is valid from and to so many days from now. */
    function withAuthority(from: number, to: number): string {
      const now = Date.now()
      const certificate = createAuthorityCertificate({
        privateKey: generateP256KeyPair().privateKey,
        commonName: 'Test',
        permittedDnsNames: ['localhost'],
        notBefore: new Date(now + from * dayMilliseconds),
        notAfter: new Date(now + to * dayMilliseconds),
      })
      const pem = certificateToPem(certificate)
      return broken((data) => runSql(data, "UPDATE installation SET value = ? WHERE name = 'ca-certificate'", pem))
    }

    test('has expired', async () => {
      const { code, notWell, sentence } = await examine(withAuthority(-100, -1))
      assert.deepEqual([code, notWell], [13, { authority: 'wrong' }])
      assert.match(sentence('authority'), /^The certificate authority expired on \d{4}-\d\d-\d\d\./)
    })

    test('is not valid yet', async () => {
      const { code, notWell } = await examine(withAuthority(1, 100))
      assert.deepEqual([code, notWell], [13, { authority: 'wrong' }])
    })

    test('that ends within 30 days is a warning, which exits 0', async () => {
      const { code, notWell } = await examine(withAuthority(-100, 29))
      assert.deepEqual([code, notWell], [0, { authority: 'warning' }])
      assert.deepEqual((await examine(withAuthority(-100, 31))).notWell, {})
    })
  })

  test('exit 14: the clock is behind what was written', async () => {
    const ahead = Date.now() + dayMilliseconds
    const data = broken((copy) => runSql(copy, 'UPDATE resource_group SET updated_at = ?', ahead))
    const { code, notWell, sentence } = await examine(data)
    assert.deepEqual([code, notWell], [14, { clock: 'wrong' }])
    assert.ok(sentence('clock').includes(`the newest row of the database is of ${new Date(ahead).toISOString()}`))
  })

  describe('exit 15: the audit log', () => {
    test('was edited', async () => {
      const data = broken((copy) => {
        const segment = readFileSync(segmentOf(copy))
        segment.write('X', segment.indexOf('SessionStart'))
        writeFileSync(segmentOf(copy), segment)
      })
      const { code, notWell, sentence } = await examine(data)
      assert.deepEqual([code, notWell], [15, { audit: 'wrong' }])
      assert.match(sentence('audit'), /^Lane 0: record 1 is not what the checkpoint of 2 records signed\.$/)
    })

    test('is behind the checkpoint kept in its second place', async () => {
      const former = broken(() => undefined)
      const checkpoint = join(folder, 'later-checkpoint')
      const server = await RunningServer.start({ data: broken(() => undefined) })
      const { data } = server
      await server.command(['group', 'create', '-n', 'rg-later', '-l', 'westeurope', '-o', 'none'])
      await server.end()
      cpSync(join(data, 'checkpoints', 'latest'), checkpoint)
      await server.remove()
      const { code, notWell, sentence } = await examine(former, ['--checkpoint-file', checkpoint])
      assert.deepEqual([code, notWell], [15, { audit: 'wrong' }])
      assert.match(sentence('audit'), /but the checkpoint kept elsewhere says \d+: records were lost\.$/)
    })

    test('is gone', async () => {
      const { code, notWell } = await examine(broken((data) => rmSync(join(data, 'audit'), { recursive: true })))
      assert.deepEqual([code, notWell], [15, { audit: 'wrong' }])
    })

    test('without a second place for its checkpoints is a warning', async () => {
      const data = broken((copy) => rmSync(join(copy, 'checkpoints'), { recursive: true }))
      const { code, notWell } = await examine(data)
      assert.deepEqual([code, notWell], [0, { audit: 'warning' }])
    })
  })

  test('the lowest of several codes is the exit code', async () => {
    const data = broken((copy) => {
      chmodSync(copy, 0o755)
      rmSync(join(copy, 'keys', 'key-encryption-key'))
    })
    const { code, notWell } = await examine(data)
    assert.deepEqual([code, notWell], [10, { modes: 'wrong', key: 'wrong', audit: 'skipped' }])
  })

  test('flags that describe no server are wrong use', async () => {
    const words = ['doctor', '--data', healthy, '--database', 'mysql://here']
    const { code, stdout } = await finish(spawn(strongroom, words, { stdio: ['pipe', 'pipe', 'pipe'] }))
    assert.deepEqual([code, stdout], [2, ''])
  })

  test('on PostgreSQL', { skip: postgresMissing() }, async () => {
    const urlFile = join(folder, 'url')
    writeFileSync(urlFile, await createDatabase(), { mode: 0o600 })
    const flags = ['--database-url-file', urlFile]
    const empty = await examine(healthy, flags)
    assert.deepEqual([empty.code, empty.notWell['database']], [12, 'wrong'])
    assert.match(empty.sentence('database'), /^The database is empty/)
    const server = await RunningServer.start({ flags })
    try {
      const running = await examine(server.data, flags)
      assert.deepEqual([running.code, running.notWell], [0, {}])
      assert.match(running.sentence('database'), /in use by a running server/)
      await server.end()
      const stopped = await examine(server.data, flags)
      assert.deepEqual([stopped.code, stopped.notWell], [0, {}])
    } finally {
      await server.remove()
    }
  })
})
