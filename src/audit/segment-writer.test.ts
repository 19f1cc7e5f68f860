import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Frontier } from '#crypto/merkle.ts'
import { generateNoteKey, openNoteSigner } from '#crypto/note.ts'
import { openDurableFile } from './durable-file.ts'
import { GroupBuilder } from './group.ts'
import { SegmentWriter } from './segment-writer.ts'

describe('the reserve segment', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'strongroom-segments-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  test('is not taken for there while it becomes the next segment', async () => {
    const signer = openNoteSigner('test/audit', generateNoteKey())
    const builder = new GroupBuilder()
    const rounds = 200
    let frontier = Frontier.empty()
    // Each group has a segment of its own.
    const writer = await SegmentWriter.open(
      { directory, segmentBytes: 1, reserveBytes: 512, openFile: openDurableFile, onClosed: () => undefined },
      undefined,
    )
    for (let round = 0; round < rounds; round++) {
      await writer.ensureReserve()
      const group = builder.build(['{"strongroom":{'], { lane: 0, origin: 'test/audit/0', signer, frontier })
      await Promise.all([writer.write(group, { peaks: frontier.peaks, note: '' }), writer.ensureReserve()])
      frontier = group.frontier
    }
    await writer.close()
    assert.equal(readdirSync(directory).filter((name) => name.endsWith('.segment')).length, rounds)
  })
})
