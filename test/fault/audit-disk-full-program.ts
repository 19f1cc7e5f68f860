/** Fills the tmpfs given as its argument with audit records, makes room again, and prints what it saw as JSON. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { syncDirectory } from '#audit/durable-file.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { fixedSigner, HandTimers, MemoryOutbox, openTestFileLog, testRecord } from '../support/audit-logs.ts'

const patienceMilliseconds = 60_000
const folder = process.argv[2] ?? ''
const ballast = join(folder, 'ballast')
const timers = new HandTimers()
const outbox = new MemoryOutbox()
const acknowledged = new Set<string>()
const refused = new Set<string>()

mkdirSync(folder, { recursive: true })
const change = { timers, outbox, reserveBytes: 64 * 1024 }
const log = await openTestFileLog(folder, change)
const lane = join(folder, 'audit', 'lane-0')
// The reserve is made in the background. The log counts on it once it has synced the folder: this sync begins later.
while (!existsSync(join(lane, 'reserve'))) await delay(10)
await syncDirectory(lane)

/** Each second the log looks for space, on the thread pool: a look may take longer than this gives it, and the next comes later. */
async function passSecond(): Promise<void> {
  timers.pass(1000)
  await delay(10)
}

async function verify(): Promise<string> {
  const source = openSegmentSource(join(folder, 'audit'))
  const verdict = await verifyLog(source, { verifierKey: fixedSigner.verifier.verifierKey })
  return verdict.outcome === 'wrong' ? verdict.sentence : verdict.outcome
}

writeFileSync(ballast, Buffer.alloc(1024 * 1024))
let refusal = ''
while (refusal === '') {
  const records = Array.from({ length: 8 }, () => testRecord())
  const outcomes = await Promise.allSettled(records.map((record) => log.append(record)))
  records.forEach(({ id }, at) => {
    const outcome = outcomes[at]
    if (outcome?.status === 'fulfilled') acknowledged.add(id)
    else refused.add(id)
    if (outcome?.status === 'rejected') refusal = outcome.reason instanceof ServiceError ? outcome.reason.code : 'other'
  })
}
const health = log.health()
const usedReserve = readdirSync(lane).filter((name) => name.endsWith('.segment')).length === 2

// A write that was committed just before the disk was full: its record waits in the outbox.
const committed = testRecord()
outbox.rows.push(committed)
const settledAtOnce = await log.settle(committed).then(
  () => true,
  () => false,
)
for (let second = 0; second < 20; second++) await passSecond()
const stillStoppedWithoutSpace = log.health().state
const verifiedWhileFull = await verify()

rmSync(ballast)
const freedAt = performance.now()
while (log.health().state === 'stopped' && performance.now() - freedAt < patienceMilliseconds) await passSecond()
const healthWithSpace = log.health().state
const last = testRecord()
await log.append(last)
acknowledged.add(last.id)
timers.pass(1000)
await log.close()

const present = new Set<string>()
for await (const { line } of tailRecords(openSegmentSource(join(folder, 'audit')))) {
  present.add(/"strongroom":\{"id":"([^"]+)"/.exec(line)?.[1] ?? '')
}
const verified = await verify()
await (await openTestFileLog(folder, change)).close()

process.stdout.write(
  JSON.stringify({
    refusal,
    health,
    usedReserve,
    stillStoppedWithoutSpace,
    verifiedWhileFull,
    healthWithSpace,
    settledFromOutbox: !settledAtOnce && present.has(committed.id),
    outboxRows: outbox.rows.length,
    allAcknowledgedAreThere: [...acknowledged].every((id) => present.has(id)),
    nothingRefusedIsThere: [...refused].every((id) => !present.has(id)),
    verified,
    verifiedAfterReopening: await verify(),
  }),
)
