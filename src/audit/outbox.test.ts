import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Guid, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { makeReceipt, type PendingRecord } from './audit-log.ts'
import { OutboxSettler, type OutboxStore } from './outbox.ts'

function record(number: number): PendingRecord {
  return {
    id: trustGuid<Guid>(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`),
    body: '{"strongroom":{"a":1',
  }
}

/** A log in memory whose records become durable when told, a store, and timers that fire when told. */
class Bench {
  readonly appended: PendingRecord[] = []
  rows: PendingRecord[] = []
  index = 0
  isStoreDown = false
  isLogStopped = false
  #waiting: (() => void)[] = []
  #due: (() => void)[] = []
  readonly settler: OutboxSettler

  constructor() {
    const store: OutboxStore = {
      pending: (_lane, limit) => Promise.resolve(this.rows.slice(0, limit)),
      deleteSettled: (_lane, recordIds, settledIndex) => {
        if (this.isStoreDown) return Promise.reject(new Error('down'))
        this.rows = this.rows.filter((row) => !recordIds.includes(row.id))
        this.index = settledIndex
        return Promise.resolve()
      },
      settledIndex: () => Promise.resolve(this.index),
    }
    const timers = {
      after: (_milliseconds: number, work: () => void) => {
        this.#due.push(work)
        return () => {
          this.#due = this.#due.filter((other) => other !== work)
        }
      },
    }
    const append = (appended: PendingRecord) => {
      if (this.isLogStopped) return Promise.reject(new Error('stopped'))
      const sequence = this.appended.push(appended) - 1
      return new Promise<ReturnType<typeof makeReceipt>>((resolve) => {
        this.#waiting.push(() => resolve(makeReceipt(0, sequence)))
      })
    }
    this.settler = new OutboxSettler(
      { store, lane: 0, append, size: () => this.durable, timers, logger: silentLogger },
      0,
    )
  }

  durable = 0

  /** Makes the next records durable, and tells their writers. */
  async commit(count = this.#waiting.length): Promise<void> {
    for (const resolve of this.#waiting.splice(0, count)) {
      this.durable++
      resolve()
    }
    await turn()
  }

  async fireTimers(): Promise<void> {
    const due = this.#due
    this.#due = []
    for (const work of due) work()
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('the outbox of the log on files', () => {
  test('a settled row is deleted later, and the settled index moves behind it', async () => {
    const bench = new Bench()
    bench.rows = [record(1)]
    const settled = bench.settler.settle(record(1))
    await bench.commit()
    assert.equal((await settled).sequence, 0)
    assert.equal(bench.rows.length, 1)
    await bench.fireTimers()
    assert.deepEqual([bench.rows, bench.index], [[], 1])
  })

  test('two settles of one record, also after its row is gone, give one place', async () => {
    const bench = new Bench()
    bench.rows = [record(1)]
    const both = Promise.all([bench.settler.settle(record(1)), bench.settler.settle(record(1))])
    await bench.commit()
    await bench.fireTimers()
    const again = bench.settler.settle(record(1))
    assert.deepEqual(
      [...(await both), await again].map(({ sequence }) => sequence),
      [0, 0, 0],
    )
    assert.equal(bench.appended.length, 1)
  })

  test('the settled index stays behind a record whose writer has not been told yet', async () => {
    const bench = new Bench()
    bench.rows = [record(1), record(2)]
    void bench.settler.settle(record(1))
    void bench.settler.settle(record(2))
    await bench.commit(1)
    // The second record is durable, its receipt on the way.
    bench.durable++
    await bench.fireTimers()
    assert.deepEqual([bench.rows.map(({ id }) => id), bench.index], [[record(2).id], 1])
  })

  test('rows that nobody settled are appended by a sweep, once', async () => {
    const bench = new Bench()
    bench.rows = [record(1), record(2)]
    const sweep = bench.settler.sweep()
    await turn()
    await bench.commit()
    await sweep
    await bench.settler.sweep()
    assert.deepEqual(
      bench.appended.map(({ id }) => id),
      [record(1).id, record(2).id],
    )
  })

  test('a record found in the log at start is not appended, and loses its row', async () => {
    const bench = new Bench()
    bench.rows = [record(1)]
    bench.durable = 5
    bench.settler.recall(record(1).id, makeReceipt(0, 3))
    await bench.settler.sweep()
    assert.deepEqual([bench.appended.length, bench.rows.length, bench.index], [0, 0, 5])
  })

  test('rows that cannot be deleted are tried again, and never appended twice', async () => {
    const bench = new Bench()
    bench.rows = [record(1)]
    void bench.settler.settle(record(1))
    await bench.commit()
    bench.isStoreDown = true
    for (let time = 0; time < 4; time++) await bench.fireTimers()
    await bench.settler.sweep()
    assert.deepEqual([bench.appended.length, bench.rows.length], [1, 1])
    bench.isStoreDown = false
    await bench.settler.close()
    assert.deepEqual([bench.rows.length, bench.index], [0, 1])
  })

  test('a refused record keeps its row, and the sweep after recovery appends it', async () => {
    const bench = new Bench()
    bench.rows = [record(1)]
    bench.isLogStopped = true
    await assert.rejects(bench.settler.settle(record(1)), /stopped/)
    bench.isLogStopped = false
    const sweep = bench.settler.sweep()
    await turn()
    await bench.commit()
    await sweep
    assert.equal(bench.appended.length, 1)
  })

  test('without writes the settled index follows from time to time', async () => {
    const bench = new Bench()
    bench.durable = 20_000
    await bench.settler.close()
    assert.equal(bench.index, 20_000)
  })
})
