import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createFileSink } from './file-sink.ts'

describe('a file sink', () => {
  let directory: string
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'strongroom-sink-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  test('appends lines to a file that only its owner reads', async () => {
    const path = join(directory, 'new.jsonl')
    const sink = createFileSink({ name: 'siem', path })
    assert.equal(sink.name, 'siem')
    await sink.deliver(['{"a":1}', '{"b":2}'])
    await sink.deliver(['{"c":3}'])
    assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n{"b":2}\n{"c":3}\n')
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('ends a line that a crash left unfinished', async () => {
    const path = join(directory, 'torn.jsonl')
    writeFileSync(path, '{"a":1}\n{"b"')
    await createFileSink({ name: 'siem', path }).deliver(['{"b":2}'])
    assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n{"b"\n{"b":2}\n')
  })

  test('begins a new file when the old one was moved away', async () => {
    const path = join(directory, 'rotated.jsonl')
    const sink = createFileSink({ name: 'siem', path })
    await sink.deliver(['1'])
    renameSync(path, `${path}.1`)
    await sink.deliver(['2'])
    assert.deepEqual([readFileSync(`${path}.1`, 'utf8'), readFileSync(path, 'utf8')], ['1\n', '2\n'])
  })

  test('throws when the file cannot be written', async () => {
    const sink = createFileSink({ name: 'siem', path: join(directory, 'no-folder', 'x.jsonl') })
    await assert.rejects(sink.deliver(['1']), { code: 'ENOENT' })
  })
})
