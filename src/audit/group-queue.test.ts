import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '#base/errors.ts'
import { randomGuid } from '#base/random.ts'
import { makeReceipt } from './audit-log.ts'
import { GroupQueue, type QueuedRecord } from './group-queue.ts'
import { maximumBodyBytes } from './record.ts'

function record(body = '{') {
  return { id: randomGuid(), body }
}

/** A queue whose batches are durable when released. */
function setUp() {
  const batches: (readonly QueuedRecord[])[] = []
  const releases: ((failure?: Error) => void)[] = []
  let size = 0
  const queue = new GroupQueue((batch) => {
    batches.push(batch)
    return new Promise((resolve, reject) => {
      releases.push((failure) => {
        if (failure === undefined) resolve(batch.map(() => makeReceipt(0, size++)))
        else reject(failure)
      })
    })
  })
  /** Long enough for the queue to see that nothing more comes. */
  const turn = async () => {
    for (let turns = 0; turns < 4; turns++) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return { queue, batches, releases, turn }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.kind === 'unavailable' && error.code === 'AuditUnavailable'
}

describe('group commit', () => {
  test('records that come while a batch is under way form the next one', async () => {
    const { queue, batches, releases, turn } = setUp()
    const first = [queue.append(record(), false), queue.append(record(), false)]
    await turn()
    const second = [queue.append(record(), true), queue.append(record(), false), queue.append(record(), false)]
    await turn()
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [2],
    )
    releases[0]?.()
    await turn()
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [2, 3],
    )
    assert.equal(batches[1]?.[0]?.fromOutbox, true)
    releases[1]?.()
    const receipts = await Promise.all([...first, ...second])
    assert.deepEqual(
      receipts.map(({ sequence }) => sequence),
      [0, 1, 2, 3, 4],
    )
  })

  test('no record is acknowledged before its batch is durable', async () => {
    const { queue, releases, turn } = setUp()
    let isAcknowledged = false
    const appended = queue.append(record(), false).then(() => {
      isAcknowledged = true
    })
    await turn()
    assert.equal(isAcknowledged, false)
    releases[0]?.()
    await appended
  })

  test('a batch of enough records is written before the turn of the event loop ends', async () => {
    const { queue, batches, releases } = setUp()
    const all = Array.from({ length: 50 }, () => queue.append(record(), false))
    await new Promise<void>((resolve) => process.nextTick(resolve))
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [50],
    )
    releases[0]?.()
    await Promise.all(all)
  })

  test('what comes in the turn after a write goes with what came during it', async () => {
    const { queue, batches, releases, turn } = setUp()
    const first = queue.append(record(), false)
    await turn()
    const during = queue.append(record(), false)
    releases[0]?.()
    await first
    await new Promise<void>((resolve) => setImmediate(resolve))
    const afterwards = queue.append(record(), false)
    await turn()
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [1, 2],
    )
    releases[1]?.()
    await Promise.all([during, afterwards])
  })

  test('a batch that fails refuses its records, and the next one is tried', async () => {
    const { queue, releases, turn } = setUp()
    const first = queue.append(record(), false)
    await turn()
    const second = queue.append(record(), false)
    releases[0]?.(new Error('disk'))
    await assert.rejects(first, isUnavailable)
    await turn()
    releases[1]?.()
    assert.equal((await second).sequence, 0)
  })

  test('stopped, it refuses what waits and what comes, until it is resumed', async () => {
    const { queue, batches, releases, turn } = setUp()
    const underWay = queue.append(record(), false)
    await turn()
    const waiting = assert.rejects(queue.append(record(), false), isUnavailable)
    queue.stop('full')
    assert.deepEqual(queue.health(), { state: 'stopped', reason: 'full' })
    await waiting
    await assert.rejects(queue.append(record(), false), isUnavailable)
    releases[0]?.()
    await underWay
    queue.resume()
    assert.deepEqual(queue.health(), { state: 'writable' })
    void queue.append(record(), false)
    await turn()
    assert.equal(batches.length, 2)
    releases[1]?.()
    await queue.drain()
  })

  test('large records are spread over batches', async () => {
    const { queue, batches, releases, turn } = setUp()
    const large = `{"a":"${'x'.repeat(60_000)}"`
    const all = Array.from({ length: 10 }, () => queue.append(record(large), false))
    for (let batch = 0; batch < 3; batch++) {
      await turn()
      releases[batch]?.()
    }
    await Promise.all(all)
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [4, 4, 2],
    )
  })

  test('a record that is too long in bytes is refused alone', async () => {
    const { queue } = setUp()
    const body = 'é'.repeat(maximumBodyBytes / 2 + 1)
    await assert.rejects(queue.append(record(body), false), { code: 'AuditRecordTooLong', kind: 'internal' })
  })
})
