import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { AuditLog } from '#audit/audit-log.ts'
import { followSegments } from '#audit/follow-segments.ts'
import { followTables } from '#audit/follow-tables.ts'
import { type SinkDelivery, startSinkDelivery } from '#audit/sink-delivery.ts'
import { createSinkStore } from '#audit/sink-store.ts'
import type { AuditSink } from '#audit/sinks/sink.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { type AuditPlace, auditEngines, HandTimers, testRecord } from '../support/audit-logs.ts'
import { createTenant, fixedClock } from '../support/databases.ts'

const selected = '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV1'
/** How long what must come may take where the machine is slow. */
const patienceMilliseconds = 60_000

/** A sink in memory that can be told to fail or to hang. */
class MemorySink implements AuditSink {
  readonly name = 'siem'
  readonly lines: string[] = []
  state: 'works' | 'fails' | 'hangs' = 'works'
  #release: (() => void) | undefined

  async deliver(lines: readonly string[]): Promise<void> {
    if (this.state === 'fails') throw new Error('The sink is full.')
    if (this.state === 'hangs') await new Promise<void>((resolve) => (this.#release = resolve))
    this.lines.push(...lines)
  }

  /** Whether a delivery is under way that hangs. */
  get isHanging(): boolean {
    return this.#release !== undefined
  }

  release(): void {
    this.state = 'works'
    this.#release?.()
    this.#release = undefined
  }

  get ids(): readonly string[] {
    return this.lines.map((line) => JSON.parse(line).strongroom.id)
  }
}

interface Started extends SinkDelivery {
  /** Resolves when a round that begins from now on has ended: all that there is has been read, and delivered if selected. */
  round(): Promise<void>
}

for (const engine of auditEngines) {
  describe(`delivery to audit sinks from ${engine.name}`, { skip: engine.skip }, () => {
    let place: AuditPlace
    let log: AuditLog
    let sink: MemorySink
    let resources: readonly string[]
    let timers: HandTimers
    let errors: string[]
    const open: SinkDelivery[] = []
    before(async () => {
      place = await engine.open()
      log = await place.openLog({ segmentBytes: 4096 })
    })
    beforeEach(async () => {
      for (const delivery of open.splice(0)) await delivery.close()
      await place.database.system('write', async (kysely) => {
        await kysely.deleteFrom('audit_sink_claim').execute()
        await kysely.deleteFrom('audit_sink_cursor').execute()
      })
      sink = new MemorySink()
      timers = new HandTimers()
      resources = []
      errors = []
    })
    after(async () => {
      for (const delivery of open) await delivery.close()
      await log.close()
      await place.close()
    })

    const logger: Logger = { info() {}, warn() {}, error: (message) => void errors.push(message) }

    async function start(
      change: {
        readonly durable?: () => number
        readonly into?: MemorySink
        readonly monotonicMilliseconds?: () => number
      } = {},
    ): Promise<Started> {
      const tenant = await createTenant(place.database)
      const followed = engine.name === 'files' ? followSegments(place.directory) : followTables(place.database)
      let rounds = 0
      const delivery = startSinkDelivery({
        sinks: [change.into ?? sink],
        log: {
          ...followed,
          lanes() {
            rounds++
            return followed.lanes()
          },
        },
        durableSize: (lane) => change.durable?.() ?? (lane === log.lane ? (log.durableSize?.() ?? Infinity) : Infinity),
        store: createSinkStore(place.database, tenant),
        resourcesOf: () => Promise.resolve(resources),
        holder: randomGuid(),
        clock: { ...fixedClock(), monotonicMilliseconds: change.monotonicMilliseconds ?? (() => 0) },
        timers,
        logger,
      })
      open.push(delivery)
      const round = async () => {
        const before = rounds
        await until(() => rounds >= before + 2)
      }
      return { ...delivery, round }
    }

    /** Lets rounds pass until it holds. */
    async function until(holds: () => boolean): Promise<void> {
      const end = performance.now() + patienceMilliseconds
      while (!holds()) {
        assert.ok(performance.now() < end, 'It never came to hold.')
        timers.pass(60_000)
        await delay(5)
      }
    }

    /** Lets rounds pass in which something could come that must not. */
    async function settle(): Promise<void> {
      for (let round = 0; round < 30; round++) {
        timers.pass(60_000)
        await delay(5)
      }
    }

    /** The sink has seen the lane's end once, and gets what comes from here on. */
    async function ready(delivery: Promise<Started>): Promise<Started> {
      const started = await delivery
      await started.round()
      resources = [selected]
      return started
    }

    async function append(count: number, resource = selected.toLowerCase()): Promise<readonly string[]> {
      const ids: string[] = []
      for (let at = 0; at < count; at++) {
        const record = testRecord({ resource })
        await log.append(record)
        ids.push(record.id)
      }
      return ids
    }

    test('a sink gets the records of selected resources, each the exact line of the log, in order', async () => {
      const delivery = await ready(start())
      const first = await append(40)
      await append(3, `${selected.toLowerCase()}0`)
      const second = await append(2)
      await until(() => sink.lines.length >= 42)
      await delivery.round()
      assert.deepEqual(sink.ids, [...first, ...second])
      const lines = new Map<number, string>()
      for await (const group of place.source().groups(log.lane, 0)) {
        for (const [at, leaf] of group.leaves.entries()) lines.set(group.firstIndex + at, leaf.toString('utf8'))
      }
      for (const line of sink.lines) assert.equal(line, lines.get(JSON.parse(line).strongroom.sequence))
    })

    test('what is in a selected resource belongs to it; a text in a record cannot pass for its name', async () => {
      const delivery = await ready(start())
      const [inside] = await append(1, `${selected.toLowerCase()}/secrets/a`)
      await log.append(testRecord({ resource: '/subscriptions/s', userAgent: `","resourceId":"${selected}"` }))
      await until(() => sink.lines.length >= 1)
      await delivery.round()
      assert.deepEqual(sink.ids, [inside])
    })

    test('what was there before a sink was chosen for anything is not delivered', async () => {
      await append(60)
      const delivery = await ready(start())
      const later = await append(1)
      await until(() => sink.lines.length >= 1)
      await delivery.round()
      assert.deepEqual(sink.ids, later)
    })

    test('a restart goes on where the last delivery ended', async () => {
      const first = await ready(start())
      const before = await append(3)
      await until(() => sink.lines.length >= 3)
      await first.close()
      const meanwhile = await append(30)
      const second = await start()
      const later = await append(1)
      await until(() => sink.lines.length >= 34)
      await second.round()
      assert.deepEqual(sink.ids, [...before, ...meanwhile, ...later])
    })

    test('one process delivers at a time; another goes on when the claim of one that died has ended', async () => {
      const dead = new MemorySink()
      await ready(start({ into: dead }))
      const first = await append(2)
      await until(() => dead.lines.length >= 2)
      dead.state = 'hangs'
      const lost = await append(1)
      await until(() => dead.isHanging)
      const heir = await start()
      await settle()
      assert.deepEqual(sink.ids, [])
      await place.database.system('write', (kysely) =>
        kysely.updateTable('audit_sink_claim').set({ ends_at: 0 }).execute(),
      )
      await until(() => sink.lines.length >= 1)
      assert.deepEqual([dead.ids, sink.ids], [first, lost])
      // What the one that was thought dead does now moves no cursor, and it delivers nothing more.
      dead.release()
      const later = await append(2)
      await until(() => sink.lines.length >= 3)
      await heir.round()
      await settle()
      assert.deepEqual(sink.ids, [...lost, ...later])
      assert.deepEqual(dead.ids, [...first, ...lost])
    })

    // Several lanes are written at once only where several processes are.
    if (engine.name === 'postgres')
      test('one that is thought dead delivers nothing of the other lanes either', async (t) => {
        const other = await place.openLog()
        t.after(() => other.close())
        const dead = new MemorySink()
        await ready(start({ into: dead }))
        dead.state = 'hangs'
        const lost = await append(1)
        await until(() => dead.isHanging)
        const record = testRecord({ resource: selected.toLowerCase() })
        await other.append(record)
        await place.database.system('write', (kysely) =>
          kysely.updateTable('audit_sink_claim').set({ ends_at: 0 }).execute(),
        )
        sink.state = 'hangs'
        await start()
        await until(() => sink.isHanging)
        dead.release()
        await settle()
        assert.deepEqual([dead.ids, sink.ids], [lost, []])
        sink.release()
        await until(() => sink.lines.length >= 2)
        assert.deepEqual(sink.ids, [...lost, record.id])
      })

    test('after a crash the delivery that was under way comes again, and nothing from before it', async () => {
      const dead = new MemorySink()
      dead.state = 'hangs'
      const first = await start({ into: dead })
      await first.round()
      await append(30)
      await first.round()
      resources = [selected]
      const underWay = await append(1)
      await until(() => dead.isHanging)
      await place.database.system('write', (kysely) =>
        kysely.updateTable('audit_sink_claim').set({ ends_at: 0 }).execute(),
      )
      const heir = await start()
      await until(() => sink.lines.length >= 1)
      await heir.round()
      assert.deepEqual(sink.ids, underWay)
      dead.release()
    })

    test('one that stalled while another had the sink goes on where that one stopped', async () => {
      let passed = 0
      const stalled = await ready(start({ monotonicMilliseconds: () => passed }))
      const first = await append(2)
      await until(() => sink.lines.length >= 2)
      await stalled.round()
      // The other took the sink, delivered one record and gave the sink free; then a round of the stalled one begins.
      await append(1)
      await place.database.system('write', async (kysely) => {
        await kysely.deleteFrom('audit_sink_claim').execute()
        await kysely
          .updateTable('audit_sink_cursor')
          .set(({ eb }) => ({ next_index: eb('next_index', '+', 1) }))
          .execute()
      })
      passed = 70_000
      const later = await append(1)
      await until(() => sink.ids.includes(later[0] ?? ''))
      await stalled.round()
      assert.deepEqual(sink.ids, [...first, ...later])
    })

    test('a sink that fails says so once, holds nothing up, and gets everything when it works again', async () => {
      const delivery = await ready(start())
      assert.deepEqual(delivery.failing(), [])
      sink.state = 'fails'
      const ids = await append(5)
      await until(() => delivery.failing().length > 0)
      await delivery.round()
      assert.deepEqual(delivery.failing(), ['siem'])
      assert.deepEqual(errors, ['Audit records could not be delivered to a sink.'])
      sink.state = 'works'
      await until(() => sink.lines.length >= 5)
      await delivery.round()
      assert.deepEqual(sink.ids, ids)
      assert.deepEqual(delivery.failing(), [])
    })

    test('a sink that hangs holds up neither the log nor the end of the server', {
      timeout: patienceMilliseconds,
    }, async () => {
      const delivery = await ready(start())
      sink.state = 'hangs'
      await append(3)
      await until(() => sink.isHanging)
      await append(3)
      await delivery.close()
      sink.release()
    })

    test('what is not durable yet is not delivered', async () => {
      let durable = 0
      const delivery = await start({ durable: () => durable })
      resources = [selected]
      const ids = await append(4)
      await delivery.round()
      assert.deepEqual(sink.ids, [])
      durable = Infinity
      await until(() => sink.ids.includes(ids.at(-1) ?? ''))
      assert.deepEqual(sink.ids.slice(-4), ids)
    })
  })
}
