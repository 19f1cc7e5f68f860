import type { SqlValue } from '#storage/database.ts'
import type { LogSource, StoredGroup } from './log-source.ts'

/** Runs one statement; integers come back as numbers, bytea as Buffers. */
export type RunSql = <Row extends Record<string, unknown>>(
  sql: string,
  parameters?: readonly SqlValue[],
) => Promise<readonly Row[]>

interface CheckpointRow extends Record<string, unknown> {
  readonly size: number
  readonly note: Buffer
}

interface LineRow extends Record<string, unknown> {
  readonly line: Buffer
}

const checkpointsPerPage = 200

/** The log in the tables of PostgreSQL, for tail, proofs and export. */
export function openPostgresSource(run: RunSql): LogSource {
  return {
    async lanes() {
      const rows = await run<{ lane: number }>(
        `SELECT l.lane FROM generate_series(0, (SELECT max(lane) FROM audit_checkpoint)) AS l (lane)
          WHERE EXISTS (SELECT FROM audit_checkpoint AS c WHERE c.lane = l.lane) ORDER BY l.lane`,
      )
      return rows.map((row) => row.lane)
    },
    groups: (lane, from) => readGroups(run, lane, from),
  }
}

async function* readGroups(run: RunSql, lane: number, from: number): AsyncGenerator<StoredGroup> {
  const [before] = await run<{ size: number }>(
    'SELECT size FROM audit_checkpoint WHERE lane = $1 AND size <= $2 ORDER BY size DESC LIMIT 1',
    [lane, from],
  )
  let size = before?.size ?? 0
  for (;;) {
    const page = await run<CheckpointRow>(
      'SELECT size, note FROM audit_checkpoint WHERE lane = $1 AND size > $2 ORDER BY size LIMIT $3',
      [lane, size, checkpointsPerPage],
    )
    for (const checkpoint of page) {
      const rows = await run<LineRow>(
        'SELECT line FROM audit_record WHERE lane = $1 AND record_index >= $2 AND record_index < $3 ORDER BY record_index',
        [lane, size, checkpoint.size],
      )
      yield { firstIndex: size, leaves: rows.map((row) => row.line), note: checkpoint.note.toString('utf8') }
      size = checkpoint.size
    }
    if (page.length < checkpointsPerPage) return
  }
}
