import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'

/** What public and health operations get in place of a transaction: they answer from memory, without a database. */
export function closedTransaction(tenant: TenantId, clock: Clock): Reader {
  const refuse = (): never => {
    throw new ServiceError('internal', 'InternalError', 'A public operation may not read rows.')
  }
  return {
    tenant,
    freshness: { generation: 0, epoch: 0 },
    now: clock.now(),
    rows: async () => refuse(),
    get kysely() {
      return refuse()
    },
  }
}
