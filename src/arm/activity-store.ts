import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { parseScope, type Scope } from '#authorization/scope.ts'
import { canonicalName, type Guid, type PrincipalId, type SubscriptionId, trustGuid } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'

/** How long the activity log can be asked. Source: Azure Monitor, activity log retention. */
const retentionMilliseconds = 90 * 24 * 60 * 60 * 1000
/** Expired rows that one write takes along. */
const forgottenAtOnce = 200

/** One control-plane write that was carried out. */
export interface ActivityEvent {
  readonly id: Guid
  readonly subscription: SubscriptionId
  readonly at: Date
  /** What was written, in canonical form. */
  readonly resource: Scope
  /** `Microsoft.KeyVault/vaults/write`. */
  readonly operationName: string
  /** What was authorised, and where. */
  readonly action: string
  readonly authorizedScope: string
  readonly method: string
  /** The HTTP status of the answer. */
  readonly status: number
  /** A user's principal name, else the object id. */
  readonly caller: string
  readonly principal: PrincipalId
  readonly clientId: Guid
  readonly clientAddress: string
  /** The `x-ms-correlation-request-id` of the answer. */
  readonly correlationId: string
  readonly clientRequestId: string | undefined
}

/** What a request for the activity log asks for; texts but `caller` in lower case. */
export interface ActivityFilter {
  readonly from?: Date
  readonly until?: Date
  readonly resourceGroup?: string
  /** A resource and what is in it. */
  readonly resource?: Scope
  readonly provider?: string
  readonly correlationId?: string
  readonly caller?: string
  readonly status?: string
}

/** Where in a list to go on: before this time and id, the newest come first. */
export interface ActivityPosition {
  readonly at: number
  readonly id: string
}

/** Keeps an event, in the transaction of the write it tells of, and forgets expired ones. */
export async function insertActivity(writer: Writer, event: ActivityEvent): Promise<void> {
  const expired = writer.kysely
    .selectFrom('activity_event')
    .select('id')
    .where('tenant_id', '=', writer.tenant)
    .where('subscription_id', '=', event.subscription)
    .where('event_at', '<', writer.now.getTime() - retentionMilliseconds)
    .limit(forgottenAtOnce)
  await writer.kysely
    .deleteFrom('activity_event')
    .where('tenant_id', '=', writer.tenant)
    .where('id', 'in', expired)
    .execute()
  const { segments, path } = event.resource
  await writer.kysely
    .insertInto('activity_event')
    .values({
      tenant_id: writer.tenant,
      id: event.id,
      subscription_id: event.subscription,
      event_at: event.at.getTime(),
      resource: path,
      resource_group_canonical: segments[2] === 'resourcegroups' ? (segments[3] ?? '') : '',
      provider_canonical: canonicalName(event.operationName.split('/')[0] ?? ''),
      operation_name: event.operationName,
      action: event.action,
      authorized_scope: event.authorizedScope,
      method: event.method,
      status: event.status,
      caller: event.caller,
      principal_id: event.principal,
      client_id: event.clientId,
      client_address: event.clientAddress,
      correlation_id: event.correlationId,
      client_request_id: event.clientRequestId ?? null,
    })
    .execute()
}

/** The events of a subscription that a filter lets through, the newest first. */
export async function listActivity(
  reader: Reader,
  query: {
    readonly subscription: SubscriptionId
    readonly filter: ActivityFilter
    readonly after: ActivityPosition | undefined
    readonly limit: number
  },
): Promise<readonly ActivityEvent[]> {
  const { subscription, filter, after, limit } = query
  // Only what was carried out is kept.
  if (filter.status !== undefined && filter.status !== 'succeeded') return []
  const oldest = reader.now.getTime() - retentionMilliseconds
  let select = reader.kysely
    .selectFrom('activity_event')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', subscription)
    .where('event_at', '>=', Math.max(oldest, filter.from?.getTime() ?? oldest))
  if (filter.until !== undefined) select = select.where('event_at', '<=', filter.until.getTime())
  if (filter.resourceGroup !== undefined) select = select.where('resource_group_canonical', '=', filter.resourceGroup)
  if (filter.provider !== undefined) select = select.where('provider_canonical', '=', filter.provider)
  if (filter.correlationId !== undefined) select = select.where('correlation_id', '=', filter.correlationId)
  if (filter.caller !== undefined) select = select.where('caller', '=', filter.caller)
  if (filter.resource !== undefined) select = select.where(within(filter.resource))
  if (after !== undefined) {
    select = select.where(sql<SqlBool>`(event_at < ${after.at} or (event_at = ${after.at} and id < ${after.id}))`)
  }
  const rows = await select.orderBy('event_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(parseRow)
}

function within({ path }: Scope): RawBuilder<SqlBool> {
  // '0' is the character after '/', and text compares by bytes on both engines: the range is what starts with `path/`.
  return sql<SqlBool>`(resource = ${path} or (resource > ${`${path}/`} and resource < ${`${path}0`}))`
}

function parseRow(row: Schema['activity_event']): ActivityEvent {
  return {
    id: trustGuid(row.id),
    subscription: trustGuid<SubscriptionId>(row.subscription_id),
    at: new Date(row.event_at),
    resource: parseScope(row.resource),
    operationName: row.operation_name,
    action: row.action,
    authorizedScope: row.authorized_scope,
    method: row.method,
    status: row.status,
    caller: row.caller,
    principal: trustGuid<PrincipalId>(row.principal_id),
    clientId: trustGuid(row.client_id),
    clientAddress: row.client_address,
    correlationId: row.correlation_id,
    clientRequestId: row.client_request_id ?? undefined,
  }
}
