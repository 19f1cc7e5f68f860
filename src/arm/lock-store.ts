import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { parseScope, type Scope } from '#authorization/scope.ts'
import { canonicalName } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'

/** `CanNotDelete`: what is at or below the lock cannot be deleted. `ReadOnly`: nor written, nor asked for its secrets. */
export const lockLevels = ['CanNotDelete', 'ReadOnly'] as const
export type LockLevel = (typeof lockLevels)[number]

/** A management lock at a subscription, a resource group or a resource. */
export interface ResourceLock {
  readonly scope: Scope
  /** The scope as it was written, with a leading slash. */
  readonly writtenScope: string
  /** As it was written; compared without regard to letter case. */
  readonly name: string
  readonly level: LockLevel
  readonly notes: string | undefined
}

type LockKey = Pick<ResourceLock, 'scope' | 'name'>

/** The lock of this name exactly at this scope. */
export async function findLock(reader: Reader, { scope, name }: LockKey): Promise<ResourceLock | undefined> {
  const row = await reader.kysely
    .selectFrom('resource_lock')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('scope_canonical', '=', scope.path)
    .where('name_canonical', '=', canonicalName(name))
    .executeTakeFirst()
  return row === undefined ? undefined : parseRow(row)
}

/** Creates or replaces; true when the lock is new. The caller's write moves the generation. */
export async function saveLock(writer: Writer, lock: ResourceLock): Promise<boolean> {
  const existing = await findLock(writer, lock)
  const chosen = { level: lock.level, notes: lock.notes ?? null }
  await writer.kysely
    .insertInto('resource_lock')
    .values({
      tenant_id: writer.tenant,
      scope_canonical: lock.scope.path,
      name_canonical: canonicalName(lock.name),
      scope: lock.writtenScope,
      name: lock.name,
      ...chosen,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'scope_canonical', 'name_canonical']).doUpdateSet(chosen))
    .execute()
  return existing === undefined
}

/** Deletes the lock; false when there was none. The caller's write moves the generation. */
export async function removeLock(writer: Writer, { scope, name }: LockKey): Promise<boolean> {
  const result = await writer.kysely
    .deleteFrom('resource_lock')
    .where('tenant_id', '=', writer.tenant)
    .where('scope_canonical', '=', scope.path)
    .where('name_canonical', '=', canonicalName(name))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Where in a list to go on: after this scope and name, both in lower case. */
export interface LockPosition {
  readonly scope: string
  readonly name: string
}

/** Locks at the scope and below it, or with `above` at it and above it, in order of scope and name. */
export async function listLocks(
  reader: Reader,
  query: {
    readonly scope: Scope
    readonly reach: 'below' | 'above'
    readonly after: LockPosition | undefined
    readonly limit: number
  },
): Promise<readonly ResourceLock[]> {
  let select = reader.kysely
    .selectFrom('resource_lock')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where(query.reach === 'below' ? within(query.scope) : atOrAbove(query.scope))
  if (query.after !== undefined) {
    const { scope, name } = query.after
    select = select.where(
      sql<SqlBool>`(scope_canonical > ${scope} or (scope_canonical = ${scope} and name_canonical > ${name}))`,
    )
  }
  const rows = await select.orderBy('scope_canonical').orderBy('name_canonical').limit(query.limit).execute()
  return rows.map(parseRow)
}

/** Scopes named in one refusal. */
const maximumNamed = 20

/**
 * The written scopes of the locks that stand against a deletion of what `scope` is, with all that is in it, or against
 * another write to it. Empty when none does.
 */
export async function findBlockingScopes(
  reader: Reader,
  scope: Scope,
  verb: 'write' | 'delete',
): Promise<readonly string[]> {
  const select = reader.kysely
    .selectFrom('resource_lock')
    .select('scope')
    .distinct()
    .where('tenant_id', '=', reader.tenant)
    .orderBy('scope')
    .limit(maximumNamed)
  const rows = await (verb === 'write'
    ? select.where('level', '=', 'ReadOnly').where(atOrAbove(scope))
    : select.where((builder) => builder.or([atOrAbove(scope), within(scope)]))
  ).execute()
  return rows.map((row) => row.scope)
}

function atOrAbove({ segments }: Scope): RawBuilder<SqlBool> {
  const paths = segments.map((_, at) => `/${segments.slice(0, at + 1).join('/')}`)
  return paths.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`scope_canonical in (${sql.join(paths)})`
}

function within({ segments, path }: Scope): RawBuilder<SqlBool> {
  if (segments.length === 0) return sql<SqlBool>`1 = 1`
  // '0' is the character after '/', and text compares by bytes on both engines: the range is what starts with `path/`.
  return sql<SqlBool>`(scope_canonical = ${path} or (scope_canonical > ${`${path}/`} and scope_canonical < ${`${path}0`}))`
}

function parseRow(row: Schema['resource_lock']): ResourceLock {
  return {
    scope: parseScope(row.scope_canonical),
    writtenScope: row.scope,
    name: row.name,
    level: row.level === 'ReadOnly' ? 'ReadOnly' : 'CanNotDelete',
    notes: row.notes ?? undefined,
  }
}
