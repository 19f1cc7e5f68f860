import { CompiledQuery } from 'kysely'
import type { Database } from '#storage/database.ts'
import { bytesAtOnce, type FollowedLog } from './followed-log.ts'
import type { StoredGroup } from './log-source.ts'
import { openPostgresSource, type RunSql } from './postgres-source.ts'

/** The log in the tables of PostgreSQL, read through the server's own connections. */
export function followTables(database: Pick<Database, 'system'>): FollowedLog {
  const run: RunSql = (sql, parameters = []) =>
    database.system('read', async (kysely) => {
      const { rows } = await kysely.executeQuery<never>(CompiledQuery.raw(sql, [...parameters]))
      return rows
    })
  const source = openPostgresSource(run)
  return {
    lanes: () => source.lanes(),
    async nearEnd(lane) {
      const [row] = await run<{ size: number | null }>(
        'SELECT max(size) AS size FROM audit_checkpoint WHERE lane = $1',
        [lane],
      )
      return row?.size ?? 0
    },
    async read(lane, from, until) {
      const groups: StoredGroup[] = []
      let bytes = 0
      for await (const group of source.groups(lane, from)) {
        if (group.firstIndex + group.leaves.length > until) break
        groups.push(group)
        for (const leaf of group.leaves) bytes += leaf.length
        if (bytes >= bytesAtOnce) break
      }
      return groups
    },
  }
}
