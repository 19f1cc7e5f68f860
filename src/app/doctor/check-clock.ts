import { LogFault, type LogSource } from '#audit/log-source.ts'
import { tailRecords } from '#audit/tail.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { loadNewestTime } from '#storage/newest-time.ts'
import { type Finding, well, wrong } from './finding.ts'
import type { InspectedDatabase } from './inspected-database.ts'

/** No clock that was right has ever shown this program an earlier time. */
const programWrittenAt = new Date('2026-11-01T00:00:00Z')
/** Several machines may have written. */
const allowedMilliseconds = 5 * 60_000

/** That the clock is not behind what was written before: tokens, certificates and expiry all lean on it. */
export async function checkClock(
  { database }: InspectedDatabase,
  source: LogSource | undefined,
  clock: Clock,
): Promise<Finding> {
  const now = clock.now()
  if (now < programWrittenAt) return wrong(`The clock says ${text(now)}, a time before this program was written.`)
  const places: readonly (readonly [string, Date | undefined])[] = [
    ['row of the database', await database.system('read', loadNewestTime)],
    ['audit record', source === undefined ? undefined : await newestRecordTime(source)],
  ]
  for (const [what, newest] of places) {
    if (newest === undefined || newest.getTime() <= now.getTime() + allowedMilliseconds) continue
    return wrong(
      `The clock says ${text(now)}, but the newest ${what} is of ${text(newest)}: the clock is behind, or was ahead.`,
    )
  }
  return well(`The clock says ${text(now)}, which is after everything that was written.`)
}

async function newestRecordTime(source: LogSource): Promise<Date | undefined> {
  let newest: Date | undefined
  try {
    for await (const { record } of tailRecords(source, { last: 1 })) {
      const time = new Date(String(record['time']))
      if (!Number.isNaN(time.getTime()) && (newest === undefined || time > newest)) newest = time
    }
  } catch (failure) {
    // A damaged log is told by its own check.
    if (!(failure instanceof LogFault) && !(failure instanceof ServiceError)) throw failure
  }
  return newest
}

function text(date: Date): string {
  return date.toISOString()
}
