import type { ClientId, Guid, PrincipalId } from '#base/ids.ts'
import { findPrincipals } from '#directory/principal-store.ts'
import type { Reader } from '#storage/database.ts'
import { type ContainerAppRecord, formatAppId, parseAppRow } from './app-store.ts'

/** The managed identities of an app, by the object ids of their service principals. */
export interface AppIdentities {
  readonly systemAssigned: PrincipalId | undefined
  readonly userAssigned: readonly PrincipalId[]
}

/** An identity that an app may act as. */
export interface UsableIdentity {
  /** What references call it: `system`, or its resource id in lower case. */
  readonly called: string
  readonly principalId: PrincipalId
  readonly clientId: ClientId
  /** The user-assigned identity's, or for `system` the app's. */
  readonly resourceId: string
}

/** The identities that an app has and that exist: its own first, then the user-assigned ones in their order. */
export async function usableIdentitiesOf(reader: Reader, app: ContainerAppRecord): Promise<readonly UsableIdentity[]> {
  const own =
    app.identity === undefined
      ? []
      : [{ called: 'system', principalId: app.identity.principalId, resourceId: formatAppId(app.address) }]
  const others = app.userAssignedIdentities.map((identity) => ({
    ...identity,
    called: identity.resourceId.toLowerCase(),
  }))
  const all = [...own, ...others]
  const principals = await findPrincipals(
    reader,
    all.map(({ principalId }) => principalId),
  )
  const clientIds = new Map(principals.map(({ id, clientId }) => [id, clientId]))
  return all.flatMap((identity) => {
    const clientId = clientIds.get(identity.principalId)
    return clientId === undefined ? [] : [{ ...identity, clientId }]
  })
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
