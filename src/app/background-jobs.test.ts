import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Timers } from '#audit/timers.ts'
import { silentLogger } from '#base/log.ts'
import { startBackgroundJobs } from './background-jobs.ts'

class HandTimers implements Timers {
  waiting: (() => void) | undefined

  after(_milliseconds: number, work: () => void): () => void {
    this.waiting = work
    return () => {
      this.waiting = undefined
    }
  }

  async fire(): Promise<void> {
    const work = this.waiting
    assert.ok(work !== undefined)
    this.waiting = undefined
    work()
    await new Promise(setImmediate)
  }
}

describe('background jobs', () => {
  test('one round follows the other, and a job that fails holds up no other', async () => {
    const timers = new HandTimers()
    const ran: string[] = []
    const failed: unknown[] = []
    const jobs = startBackgroundJobs(
      [
        { name: 'broken', run: () => Promise.reject(new Error('broken')) },
        { name: 'sound', run: () => Promise.resolve(void ran.push('sound')) },
      ],
      { timers, logger: { ...silentLogger, error: (_message, fields) => failed.push(fields?.['job']) } },
    )
    await timers.fire()
    await timers.fire()
    assert.deepEqual(ran, ['sound', 'sound'])
    assert.deepEqual(failed, ['broken', 'broken'])
    await jobs.close()
  })

  test('closing waits for the job under way and starts no other', async () => {
    const timers = new HandTimers()
    const gate = Promise.withResolvers<void>()
    const ran: string[] = []
    const jobs = startBackgroundJobs(
      [
        { name: 'slow', run: () => gate.promise },
        { name: 'next', run: () => Promise.resolve(void ran.push('next')) },
      ],
      { timers, logger: silentLogger },
    )
    await timers.fire()
    const closed = jobs.close().then(() => 'closed')
    assert.equal(await Promise.race([closed, new Promise((resolve) => setImmediate(resolve, 'open'))]), 'open')
    gate.resolve()
    assert.equal(await closed, 'closed')
    assert.deepEqual(ran, [])
    assert.equal(timers.waiting, undefined)
  })
})
