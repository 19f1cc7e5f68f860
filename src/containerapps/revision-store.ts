import type { Guid } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { revisionSuffixInUse } from './revision-name.ts'
import { parseDocument } from './tracked-resource.ts'

/** A revision: the template that an app had, for as long as it is kept. */
export interface RevisionRecord {
  /** `APP--SUFFIX`. */
  readonly name: string
  /** From 1, in the order of creation. */
  readonly ordinal: number
  readonly template: JsonObject
  readonly active: boolean
  readonly createdAt: Date
}

/** The revisions of an app of the reader's tenant. */
export interface RevisionStore {
  /** Newest first; those older than `before`, if given. */
  list(
    reader: Reader,
    app: Guid,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly RevisionRecord[]>
  /** Any letter case. */
  find(reader: Reader, app: Guid, name: string): Promise<RevisionRecord | undefined>
  /** Newest first. */
  listActive(reader: Reader, app: Guid): Promise<readonly RevisionRecord[]>
  /** False when there is no such revision. */
  setActive(writer: Writer, app: Guid, name: string, active: boolean): Promise<boolean>
}

/** How many inactive revisions are kept unless the app says otherwise, as in Azure. */
const keptInactive = 100

/** The table `container_app_revision`. */
export function createRevisionStore(): RevisionStore {
  return { list, find, listActive, setActive }
}

/**
 * Adds an app's newest revision, active. Throws `conflict` `ContainerAppRevisionSuffixInUse` when the app has one of this
 * name.
 */
export async function addRevision(
  writer: Writer,
  app: Guid,
  revision: { readonly name: string; readonly template: JsonObject },
): Promise<void> {
  if ((await find(writer, app, revision.name)) !== undefined) throw revisionSuffixInUse(revision.name)
  const [newest] = await list(writer, app, { limit: 1 })
  await writer.kysely
    .insertInto('container_app_revision')
    .values({
      tenant_id: writer.tenant,
      app_id: app,
      name: revision.name,
      ordinal: (newest?.ordinal ?? 0) + 1,
      template_json: JSON.stringify(revision.template),
      active: 1,
      created_at: writer.now.getTime(),
    })
    .execute()
}

/** Leaves only this revision active, as an app in single revision mode has it. */
export async function deactivateOthers(writer: Writer, app: Guid, name: string): Promise<void> {
  await writer.kysely
    .updateTable('container_app_revision')
    .set({ active: 0 })
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .where('name', '!=', name)
    .where('active', '=', 1)
    .execute()
}

/** Forgets the oldest inactive revisions beyond `kept`; never the newest revision of all. */
export async function forgetOldRevisions(
  writer: Writer,
  app: Guid,
  newest: string,
  kept = keptInactive,
): Promise<void> {
  const inactive = await writer.kysely
    .selectFrom('container_app_revision')
    .select('ordinal')
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .where('active', '=', 0)
    .where('name', '!=', newest)
    .orderBy('ordinal', 'desc')
    .limit(kept + 1)
    .execute()
  const surplus = inactive[kept]
  if (surplus === undefined) return
  await writer.kysely
    .deleteFrom('container_app_revision')
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .where('active', '=', 0)
    .where('name', '!=', newest)
    .where('ordinal', '<=', surplus.ordinal)
    .execute()
}

export async function deleteRevisions(writer: Writer, app: Guid): Promise<void> {
  await writer.kysely
    .deleteFrom('container_app_revision')
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .execute()
}

async function list(
  reader: Reader,
  app: Guid,
  page: { readonly before?: number; readonly limit: number },
): Promise<readonly RevisionRecord[]> {
  let select = revisionsOf(reader, app)
  if (page.before !== undefined) select = select.where('ordinal', '<', page.before)
  const rows = await select.orderBy('ordinal', 'desc').limit(page.limit).execute()
  return rows.map(parseRow)
}

async function find(reader: Reader, app: Guid, name: string): Promise<RevisionRecord | undefined> {
  const row = await revisionsOf(reader, app).where('name', '=', name.toLowerCase()).executeTakeFirst()
  return row && parseRow(row)
}

async function listActive(reader: Reader, app: Guid): Promise<readonly RevisionRecord[]> {
  const rows = await revisionsOf(reader, app).where('active', '=', 1).orderBy('ordinal', 'desc').execute()
  return rows.map(parseRow)
}

async function setActive(writer: Writer, app: Guid, name: string, active: boolean): Promise<boolean> {
  const { numUpdatedRows } = await writer.kysely
    .updateTable('container_app_revision')
    .set({ active: active ? 1 : 0 })
    .where('tenant_id', '=', writer.tenant)
    .where('app_id', '=', app)
    .where('name', '=', name.toLowerCase())
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function revisionsOf(reader: Reader, app: Guid) {
  return reader.kysely
    .selectFrom('container_app_revision')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('app_id', '=', app)
}

function parseRow(row: Schema['container_app_revision']): RevisionRecord {
  return {
    name: row.name,
    ordinal: row.ordinal,
    template: parseDocument(row.template_json),
    active: row.active === 1,
    createdAt: new Date(row.created_at),
  }
}
