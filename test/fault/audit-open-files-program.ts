/** Uses up this process's open files, writes to an audit log in the folder given as its argument, and prints what it saw as JSON. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openDurableFile, syncDirectory } from '#audit/durable-file.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import { tailRecords } from '#audit/tail.ts'
import { verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { fixedSigner, HandTimers, MemoryOutbox, openTestFileLog, testRecord } from '../support/audit-logs.ts'

const patienceMilliseconds = 60_000
const folder = process.argv[2] ?? ''
const withReserve = process.argv[3] === 'with-reserve'
const reserve = join(folder, 'audit', 'lane-0', 'reserve')
const taken: number[] = []
function takeAll(): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    // That was the last one.
  }
}
function giveBack(): void {
  for (const descriptor of taken.splice(0)) closeSync(descriptor)
}

const timers = new HandTimers()
const fatal: unknown[] = []
let takesAllOnceOpen = false
// Each group needs a segment of its own, and so another file.
const log = await openTestFileLog(folder, {
  timers,
  outbox: new MemoryOutbox(),
  segmentBytes: 600,
  reserveBytes: 4096,
  openFile: async (path, create) => {
    const file = await openDurableFile(path, create)
    if (takesAllOnceOpen) takeAll()
    return file
  },
  onFatal: (error) => void fatal.push(error),
})
const first = testRecord()
await log.append(first)
// Made in the background; the log counts on it once it has synced the folder, which the next sync comes after.
while (!existsSync(reserve)) await delay(10)
await syncDirectory(join(folder, 'audit', 'lane-0'))

const acknowledged = new Set<string>([first.id])
if (withReserve) takeAll()
else {
  // The reserve becomes a segment whose file is the last that can be opened: no other reserve is made.
  takesAllOnceOpen = true
  const second = testRecord()
  await log.append(second)
  acknowledged.add(second.id)
}
const refused = new Set<string>()
let refusal = ''
for (let tries = 0; refusal === '' && tries < 20; tries++) {
  const record = testRecord()
  try {
    await log.append(record)
    acknowledged.add(record.id)
  } catch (error) {
    refused.add(record.id)
    refusal = error instanceof ServiceError ? error.code : 'other'
  }
}
const health = log.health()
takesAllOnceOpen = false
giveBack()

const freedAt = performance.now()
while (log.health().state === 'stopped' && performance.now() - freedAt < patienceMilliseconds) {
  timers.pass(1000)
  await delay(10)
}
const healthWithFiles = log.health().state
const last = testRecord()
await log.append(last)
acknowledged.add(last.id)
await log.close()

const present = new Set<string>()
for await (const { line } of tailRecords(openSegmentSource(join(folder, 'audit')))) {
  present.add(/"strongroom":\{"id":"([^"]+)"/.exec(line)?.[1] ?? '')
}
const verdict = await verifyLog(openSegmentSource(join(folder, 'audit')), {
  verifierKey: fixedSigner.verifier.verifierKey,
})
process.stdout.write(
  JSON.stringify({
    refusal,
    health,
    healthWithFiles,
    ended: fatal.length > 0,
    allAcknowledgedAreThere: [...acknowledged].every((id) => present.has(id)),
    nothingRefusedIsThere: [...refused].every((id) => !present.has(id)),
    verified: verdict.outcome === 'wrong' ? verdict.sentence : verdict.outcome,
  }),
)
