import { z } from 'zod'
import type { Requirement } from '#authorization/decision.ts'
import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import type { ClientId } from '#base/ids.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import type { Reader } from '#storage/database.ts'
import { invalidContent } from '../../body.ts'
import type { AssignedIdentity, ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { jsonObject } from '../../json-shapes.ts'
import { formatResourceId, type TypedResourceAddress, tryParseResourceId } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'

const maximumIdentities = 100
const assignIdentity = action(`${identityType}/assign/action`)

/** The `identity` member of a document. Ids of principals in it are read-only: nobody can claim another's. */
export const identitySchema = z.object({
  type: z.string().optional(),
  userAssignedIdentities: jsonObject.optional(),
})

/** The identities that a document asks for. */
export interface DesiredIdentity {
  readonly systemAssigned: boolean
  readonly userAssigned: readonly TypedResourceAddress[]
}

/** The identities that an app is given. */
export interface SettledIdentity {
  readonly systemAssigned: boolean
  readonly userAssigned: readonly AssignedIdentity[]
}

/** A user-assigned identity of an app as it is shown: without `clientId` when it is gone. */
export interface ShownIdentity extends AssignedIdentity {
  readonly clientId: ClientId | undefined
}

/**
 * The identities in `identity`; its type decides which of them count. Throws `malformed` `InvalidRequestContent` for an
 * unknown type, an id that is none or more than 100 ids, `FailedIdentityOperation` for `UserAssigned` without ids.
 * Source: contracts/resource-manager-and-container-apps.md §5.
 */
export function parseIdentity(identity: z.infer<typeof identitySchema>): DesiredIdentity {
  const kinds = (identity.type ?? 'None')
    .toLowerCase()
    .split(',')
    .map((kind) => kind.trim())
  if (!kinds.every((kind) => kind === 'none' || kind === 'systemassigned' || kind === 'userassigned')) {
    throw invalidContent(
      "The request content was invalid: 'identity.type' must be 'None', 'SystemAssigned', 'UserAssigned' or 'SystemAssigned,UserAssigned'.",
      'identity.type',
    )
  }
  const systemAssigned = kinds.includes('systemassigned')
  if (!kinds.includes('userassigned')) return { systemAssigned, userAssigned: [] }
  const named = Object.keys(identity.userAssignedIdentities ?? {})
  refuseTooMany(named)
  const ids = new Map(
    named.map((id) => {
      const address = parseIdentityId(id)
      return [address.scope.path, address]
    }),
  )
  if (ids.size === 0) {
    throw failedOperation("'identity.userAssignedIdentities' must name an identity where the type is 'UserAssigned'.")
  }
  return { systemAssigned, userAssigned: [...ids.values()] }
}

/**
 * A PUT's `identity` with an object for each id it names: clients write null there too, and mean the same. (In a PATCH null
 * takes an identity away.)
 */
export function withoutNullIdentities(body: JsonObject): JsonObject {
  const { identity } = body
  const ids = isJsonObject(identity) ? identity['userAssignedIdentities'] : undefined
  if (!isJsonObject(identity) || !isJsonObject(ids)) return body
  const userAssignedIdentities = Object.fromEntries(Object.keys(ids).map((id) => [id, {}]))
  return { ...body, identity: { ...identity, userAssignedIdentities } }
}

/**
 * A patch with the ids in its `identity` in lower case, as `identityDocument` writes them, so that one id is one member. Throws
 * `malformed` `InvalidRequestContent` for more than 100 ids.
 */
export function withCanonicalIdentities(patch: JsonObject): JsonObject {
  const { identity } = patch
  const ids = isJsonObject(identity) ? identity['userAssignedIdentities'] : undefined
  if (!isJsonObject(identity) || !isJsonObject(ids)) return patch
  refuseTooMany(Object.keys(ids))
  const lower = Object.entries(ids).map(([id, value]) => [id.toLowerCase().replace(/\/$/, ''), value] as const)
  return { ...patch, identity: { ...identity, userAssignedIdentities: Object.fromEntries(lower) } }
}

/** The `identity` of an app that a patch is merged into. */
export function identityDocument({ identity, userAssignedIdentities }: ContainerAppRecord): JsonObject {
  const ids = userAssignedIdentities.map(({ resourceId }) => [resourceId.toLowerCase(), {}] as const)
  return {
    type: typeName({ systemAssigned: identity !== undefined, userAssigned: userAssignedIdentities }),
    ...(ids.length === 0 ? {} : { userAssignedIdentities: Object.fromEntries(ids) }),
  }
}

/** Whoever names an identity in a request must be allowed to assign it. */
export function requireAssignment(named: readonly TypedResourceAddress[]): readonly Requirement[] {
  return named.map(({ scope }) => ({ anyOf: [assignIdentity], scope }))
}

/**
 * The identities an app has after a write. Those that the caller named, and so may assign, are looked up; the others stay as
 * they were assigned. Throws `malformed` `FailedIdentityOperation` for one that does not exist.
 */
export async function settleIdentities(
  its: Pick<ResourceManagerDependencies, 'identities'>,
  reader: Reader,
  {
    desired,
    named,
    existing,
  }: {
    readonly desired: DesiredIdentity | undefined
    readonly named: readonly TypedResourceAddress[]
    readonly existing: ContainerAppRecord | undefined
  },
): Promise<SettledIdentity> {
  const former = existing?.userAssignedIdentities ?? []
  if (desired === undefined) return { systemAssigned: existing?.identity !== undefined, userAssigned: former }
  const namedPaths = new Set(named.map(({ scope }) => scope.path))
  const formerByPath = byPath(former)
  const userAssigned: AssignedIdentity[] = []
  for (const address of desired.userAssigned) {
    const kept = namedPaths.has(address.scope.path) ? undefined : formerByPath.get(address.scope.path)
    userAssigned.push(kept ?? (await lookUp(its, reader, address)))
  }
  return { systemAssigned: desired.systemAssigned, userAssigned }
}

/** These identities by the path of the scope that their ids stand for. */
export function byPath(identities: readonly AssignedIdentity[]): ReadonlyMap<string, AssignedIdentity> {
  return new Map(
    identities.flatMap((identity) => {
      const address = tryParseResourceId(identity.resourceId, identityType)
      return address === undefined ? [] : [[address.scope.path, identity]]
    }),
  )
}

/** The address in the resource id of a user-assigned identity, or undefined. */
export function tryParseIdentityId(text: string): TypedResourceAddress | undefined {
  return tryParseResourceId(text, identityType)
}

/** An app's user-assigned identities, with what is known of them now. One that is gone, or was made anew, has no client id. */
export async function showIdentities(
  its: Pick<ResourceManagerDependencies, 'identities'>,
  reader: Reader,
  { userAssignedIdentities }: ContainerAppRecord,
): Promise<readonly ShownIdentity[]> {
  const shown: ShownIdentity[] = []
  for (const assigned of userAssignedIdentities) {
    const found = await its.identities.find(reader, assigned.resourceId)
    shown.push({ ...assigned, clientId: found?.principalId === assigned.principalId ? found.clientId : undefined })
  }
  return shown
}

/** The identity member: exactly `{"type":"None"}` when there is none. */
export function renderIdentity(
  { identity }: Pick<ContainerAppRecord, 'identity'>,
  userAssigned: readonly ShownIdentity[],
): JsonObject {
  return {
    type: typeName({ systemAssigned: identity !== undefined, userAssigned }),
    ...(identity === undefined ? {} : { principalId: identity.principalId, tenantId: identity.tenantId }),
    ...(userAssigned.length === 0
      ? {}
      : {
          userAssignedIdentities: Object.fromEntries(
            userAssigned.map(({ resourceId, principalId, clientId }) => [
              resourceId,
              clientId === undefined ? {} : { principalId, clientId },
            ]),
          ),
        }),
  }
}

function typeName({ systemAssigned, userAssigned }: SettledIdentity): string {
  if (userAssigned.length === 0) return systemAssigned ? 'SystemAssigned' : 'None'
  return systemAssigned ? 'SystemAssigned, UserAssigned' : 'UserAssigned'
}

async function lookUp(
  { identities }: Pick<ResourceManagerDependencies, 'identities'>,
  reader: Reader,
  address: TypedResourceAddress,
): Promise<AssignedIdentity> {
  const id = formatResourceId(address, identityType)
  const found = await identities.find(reader, id)
  if (found === undefined) throw failedOperation(`The user-assigned identity '${id}' does not exist.`)
  return { resourceId: found.resourceId, principalId: found.principalId }
}

function parseIdentityId(id: string): TypedResourceAddress {
  const address = tryParseResourceId(id, identityType)
  if (address !== undefined) return address
  throw invalidContent(
    "The request content was invalid: each member of 'identity.userAssignedIdentities' must be the resource id of a user-assigned identity.",
    'identity.userAssignedIdentities',
  )
}

/** Each is asked for among the caller's permissions, and looked up. */
function refuseTooMany(ids: readonly string[]): void {
  if (ids.length <= maximumIdentities) return
  const member = 'identity.userAssignedIdentities'
  throw invalidContent(
    `The request content was invalid: '${member}' must have at most ${maximumIdentities} members.`,
    member,
  )
}

function failedOperation(message: string): ServiceError {
  return new ServiceError('malformed', 'FailedIdentityOperation', message, { target: 'identity' })
}
