import type { Guid, PrincipalId } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import { parseAppRow } from './app-store.ts'

/** The managed identities of an app, by the object ids of their service principals. */
export interface AppIdentities {
  readonly systemAssigned: PrincipalId | undefined
  readonly userAssigned: readonly PrincipalId[]
}

/** The identities that the app with this id has now; undefined when it is gone. A deleted identity's principal may be among them. */
export async function findAppIdentities(reader: Reader, id: Guid): Promise<AppIdentities | undefined> {
  const row = await reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { identity, userAssignedIdentities } = parseAppRow(row)
  return {
    systemAssigned: identity?.principalId,
    userAssigned: userAssignedIdentities.map(({ principalId }) => principalId),
  }
}
