import { type Guid, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Reader, Writer } from '#storage/database.ts'

/** How long the state of a finished operation can be asked for. */
const lifetimeMilliseconds = 24 * 60 * 60 * 1000

/** A long-running operation, which here has always ended when its id is given out. */
export interface OperationStatus {
  readonly id: Guid
  readonly status: 'Succeeded'
  readonly startedAt: Date
  readonly endedAt: Date
}

type StatusPlace = { readonly subscription: SubscriptionId; readonly location: string }

/** Stores a finished operation and forgets the tenant's expired ones. */
export async function insertSucceeded(writer: Writer, place: StatusPlace): Promise<Guid> {
  const now = writer.now.getTime()
  await writer.kysely
    .deleteFrom('operation_status')
    .where('tenant_id', '=', writer.tenant)
    .where('ended_at', '<', now - lifetimeMilliseconds)
    .execute()
  const id = randomGuid()
  await writer.kysely
    .insertInto('operation_status')
    .values({
      tenant_id: writer.tenant,
      id,
      subscription_id: place.subscription,
      location: place.location,
      status: 'Succeeded',
      error_json: null,
      started_at: now,
      ended_at: now,
    })
    .execute()
  return id
}

/** The operation of this id at this place, for 24 hours after its end. */
export async function findStatus(reader: Reader, place: StatusPlace, id: Guid): Promise<OperationStatus | undefined> {
  const row = await reader.kysely
    .selectFrom('operation_status')
    .select(['id', 'started_at', 'ended_at'])
    .where('tenant_id', '=', reader.tenant)
    .where('subscription_id', '=', place.subscription)
    .where('location', '=', place.location)
    .where('id', '=', id)
    .where('ended_at', '>=', reader.now.getTime() - lifetimeMilliseconds)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: trustGuid(row.id),
    status: 'Succeeded',
    startedAt: new Date(row.started_at),
    endedAt: new Date(row.ended_at),
  }
}
