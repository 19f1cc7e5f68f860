import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { generateNoteKey, openNoteSigner } from '#crypto/note.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'
import { type Finished, RunningServer, strongroom } from '../support/running-server.ts'

const recordShape = z.looseObject({
  operationName: z.string(),
  properties: z.looseObject({ httpStatusCode: z.int() }),
  strongroom: z.looseObject({ surface: z.string(), decision: z.string(), lane: z.int(), sequence: z.int() }),
})
type AuditRecord = z.infer<typeof recordShape>

function parseRecords(text: string): readonly AuditRecord[] {
  return z.array(recordShape).parse(JSON.parse(text))
}

async function makeGroup(server: RunningServer, name: string): Promise<void> {
  await server.command(['group', 'create', '-n', name, '-l', 'westeurope', '-o', 'none'])
}

describe('the audit commands on the embedded engine', () => {
  let server: RunningServer
  let key = ''
  let folder = ''
  let records: readonly AuditRecord[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
    server = await RunningServer.start()
    key = server.facts.auditVerifierKey
    await makeGroup(server, 'rg-one')
    await makeGroup(server, 'rg-two')
    records = parseRecords(await server.command(['audit', 'tail']))
  })
  after(async () => {
    await server?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const newestCheckpoint = (): string => join(server.data, 'checkpoints', 'latest')

  /** A copy of the live log with one change made to it. */
  function brokenLog(name: string, change: (segment: Buffer) => Buffer): string {
    const copy = join(folder, name)
    // In this order, and by name: a record that comes meanwhile must not put the checkpoint ahead of the copy.
    cpSync(newestCheckpoint(), join(copy, 'checkpoints', 'latest'))
    cpSync(join(server.data, 'audit'), join(copy, 'audit'), { recursive: true })
    const lane = join(copy, 'audit', 'lane-0')
    const segment = join(lane, readdirSync(lane).find((file) => file.endsWith('.segment')) ?? '')
    writeFileSync(segment, change(readFileSync(segment)))
    return copy
  }

  test('tail shows every record in order', () => {
    assert.ok(records.length > 4)
    assert.deepEqual(
      records.map((record) => record.strongroom.sequence),
      records.map((_, at) => at),
    )
    assert.equal(records[0]?.operationName, 'AuditLaneOpened')
  })

  test('a filter keeps the records where all of its terms hold', async () => {
    const wanted = (record: AuditRecord) =>
      record.strongroom.surface === 'arm' && record.properties.httpStatusCode === 201
    const filtered = parseRecords(
      await server.command([
        'audit',
        'tail',
        '--filter',
        'surface=arm',
        'status=201',
        'lane=0',
        '--filter',
        'decision=allow',
      ]),
    )
    assert.deepEqual(filtered, records.filter(wanted))
    assert.equal(filtered.length, 2)
    assert.deepEqual(
      parseRecords(
        await server.command(['audit', 'tail', '--filter', 'properties.httpStatusCode=201', 'strongroom.surface=ARM']),
      ),
      filtered,
    )
    assert.deepEqual(parseRecords(await server.command(['audit', 'tail', '--filter', 'surface=nowhere'])), [])
  })

  test('a filter that no record could match is refused', async () => {
    for (const term of ['surfaces=arm', 'surface', '=arm']) {
      const { code, stdout, stderr } = await server.try(['audit', 'tail', '--filter', term])
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /^ERROR: --filter takes KEY=VALUE with one of these keys, or a dotted path: .*surface/)
    }
  })

  test('the table says when, what, how it was answered and decided, who and where', async () => {
    const table = await server.command(['audit', 'tail', '--filter', 'status=201', 'surface=arm', '-o', 'table'])
    const [head = '', , ...rows] = table.split('\n')
    assert.deepEqual(head.split(/ {2,}/), ['Time', 'Operation', 'Status', 'Decision', 'Caller', 'Resource'])
    assert.equal(rows.length, 2)
    assert.match(
      rows[0] ?? '',
      /^\d{4}-\d\d-\d\dT\S+Z {2}Microsoft\.Resources\/\S+\/write +201 +allow +operator@strongroom\.local +\/SUBSCRIPTIONS\/\S+\/RG-ONE$/,
    )
  })

  test('following goes on with each record as it is made, one line each, the exact bytes of the log', async () => {
    const child = spawn(strongroom, ['audit', 'tail', '--follow', '--filter', 'surface=arm', '--data', server.data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async (): Promise<AuditRecord> => recordShape.parse(JSON.parse(String((await lines.next()).value)))
    try {
      assert.deepEqual(
        [await next(), await next()],
        records.filter((record) => record.strongroom.surface === 'arm'),
      )
      await makeGroup(server, 'rg-three')
      assert.equal((await next()).properties.httpStatusCode, 201)
      const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
      child.kill('SIGINT')
      assert.equal(await ended, 0)
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('verify holds against the pinned key, given or in a file', async () => {
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, `${key}\n`)
    for (const given of [key, `@${keyFile}`]) {
      const { code, stdout } = await server.try(['audit', 'verify', '--key', given])
      assert.equal(code, 0)
      assert.match(
        stdout,
        /^Verified: every record is what the pinned key signed\.\nlane 0: \d+ records, \d+ checkpoints, root /,
      )
    }
  })

  test('verify takes no key from what it verifies: without one the log is only self-consistent', async () => {
    const { code, stdout } = await server.try(['audit', 'verify'])
    assert.equal(code, 3)
    assert.match(stdout, /^Self-consistent, key not pinned: /)
    const asJson = await server.try(['audit', 'verify', '-o', 'json'])
    assert.equal(asJson.code, 3)
    assert.equal(JSON.parse(asJson.stdout).outcome, 'self-consistent')
  })

  test('verify names the wrong record, the wrong checkpoint and what was cut', async () => {
    const edited = brokenLog('edited', (segment) => {
      const at = segment.indexOf('"operationName":"SessionStart"') + '"operationName":"S'.length
      segment.write('E', at)
      return segment
    })
    const resigned = brokenLog('resigned', (segment) => {
      const at = segment.lastIndexOf(Buffer.from('— '))
      const signature = segment.indexOf(' ', at + 4) + 20
      segment.write(segment.toString('latin1', signature, signature + 1) === 'A' ? 'B' : 'A', signature)
      return segment
    })
    const cut = brokenLog('cut', (segment) => {
      const last = segment.lastIndexOf(Buffer.from('{"time"'))
      const before = segment.lastIndexOf(Buffer.from('\n'), last)
      return segment.subarray(0, before + 1)
    })
    const verify = (path: string): Promise<Finished> => server.try(['audit', 'verify', path, '--key', key])
    const first = await verify(edited)
    assert.equal(first.code, 1)
    assert.match(first.stdout, /^WRONG: Lane 0: record 1 is not what the checkpoint of 2 records signed\.\n/)
    const second = await verify(resigned)
    assert.equal(second.code, 1)
    assert.match(second.stdout, /^WRONG: Lane 0: the checkpoint after record \d+ was altered/)
    const third = await verify(cut)
    assert.equal(third.code, 1)
    assert.match(third.stdout, /^WRONG: Lane 0/)
  })

  test('an older copy of the log is behind the checkpoint that is kept beside it', async () => {
    const older = join(folder, 'older')
    cpSync(join(server.data, 'audit'), join(older, 'audit'), { recursive: true })
    await makeGroup(server, 'rg-four')
    const elsewhere = join(folder, 'elsewhere')
    const verify = (): Promise<Finished> => {
      cpSync(newestCheckpoint(), elsewhere)
      return server.try(['audit', 'verify', older, '--key', key, '--checkpoint', elsewhere])
    }
    // The checkpoint follows the log, and on a slow machine not at once.
    const end = performance.now() + 60_000
    let named = await verify()
    while (named.code === 0 && performance.now() < end) named = await verify()
    assert.equal(named.code, 1)
    assert.match(
      named.stdout,
      /^WRONG: Lane 0 holds \d+ records, but the checkpoint kept elsewhere says \d+: records were lost\./,
    )
    cpSync(elsewhere, join(older, 'checkpoints', 'latest'))
    assert.deepEqual(await server.try(['audit', 'verify', older, '--key', key]), named)
  })

  test('verify with a key of somebody else, none, or nothing to verify', async () => {
    const stranger = openNoteSigner('stranger/audit', generateNoteKey()).verifier.verifierKey
    const foreign = await server.try(['audit', 'verify', '--key', stranger])
    assert.equal(foreign.code, 1)
    assert.match(
      foreign.stdout,
      /^WRONG: Lane 0: the checkpoint of the empty log was altered or is not signed by this key\./,
    )
    const none = await server.try(['audit', 'verify', '--key', 'no key'])
    assert.deepEqual([none.code, none.stdout], [2, ''])
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const nothing = await server.try(['audit', 'verify', empty, '--key', key])
    assert.equal(nothing.code, 2)
    assert.match(nothing.stderr, /^ERROR: The folder holds no audit log and no export of one\./)
  })

  test('an export verifies from its files alone, and a changed one does not', async () => {
    const target = join(folder, 'export')
    const lanes: unknown = JSON.parse(await server.command(['audit', 'export', target]))
    const [lane] = z.array(z.object({ lane: z.int(), size: z.int() })).parse(lanes)
    assert.ok(lane !== undefined && lane.size >= records.length)
    const { code, stdout } = await server.try(['audit', 'verify', target, '--key', key])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`lane 0: ${lane.size} records`))
    const again = await server.try(['audit', 'export', target])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /not empty/)
    const entries = join(target, 'lane-0', 'tile', 'entries', `000.p`, String(lane.size))
    const bytes = readFileSync(entries)
    bytes.write('X', bytes.indexOf('SessionStart'))
    writeFileSync(entries, bytes)
    assert.equal((await server.try(['audit', 'verify', target, '--key', key])).code, 1)
  })

  test('a proof names its record and quotes the newest signed checkpoint', async () => {
    const recordFile = join(folder, 'record.json')
    const proof = await server.command(['audit', 'prove', '0/1', '--record-file', recordFile])
    assert.match(proof, /^c2sp\.org\/tlog-proof@v1\nindex 1\n/)
    assert.match(proof, new RegExp(`\n\n${key.split('+')[0]}/0\n\\d+\n`))
    assert.deepEqual(recordShape.parse(JSON.parse(readFileSync(recordFile, 'utf8'))), records[1])
    const missing = await server.try(['audit', 'prove', '0/100000'])
    assert.deepEqual([missing.code, missing.stderr], [3, 'ERROR: The audit log has no record 0/100000.\n'])
    assert.equal((await server.try(['audit', 'prove', 'one'])).code, 2)
  })
})

describe('the audit commands on PostgreSQL', { skip: postgresMissing() }, () => {
  test('tail, prove and export read the tables; the export verifies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-test-'))
    const urlFile = join(folder, 'url')
    writeFileSync(urlFile, `${await createDatabase()}\n`, { mode: 0o600 })
    const server = await RunningServer.start({ flags: ['--database-url-file', urlFile] })
    try {
      await makeGroup(server, 'rg-one')
      const connection = ['--database-url-file', urlFile]
      const records = parseRecords(await server.command(['audit', 'tail', ...connection]))
      assert.ok(records.some((record) => record.strongroom.surface === 'arm'))
      assert.match(await server.command(['audit', 'prove', '0/0', ...connection]), /\nindex 0\n/)
      const target = join(folder, 'export')
      await server.command(['audit', 'export', target, ...connection])
      const { code } = await server.try(['audit', 'verify', target, '--key', server.facts.auditVerifierKey])
      assert.equal(code, 0)
      const withoutFile = await server.try(['audit', 'tail'])
      assert.equal(withoutFile.code, 3)
    } finally {
      await server.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
