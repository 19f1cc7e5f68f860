import type { Attributes } from '#authorization/conditions/attributes.ts'
import { findRoleAssignmentAt } from '#authorization/role-assignment-store.ts'
import { tryParseRoleDefinitionId } from '#authorization/role-definition-store.ts'
import type { Scope } from '#authorization/scope.ts'
import type { Guid, PrincipalId } from '#base/ids.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import type { Reader } from '#storage/database.ts'

/**
 * What conditions may ask about a role assignment that is to be written. The principal's type is the directory's; the caller's
 * word counts only for a principal that the directory does not know.
 */
export async function attributesOfRequest(
  reader: Reader,
  asked: {
    readonly roleDefinitionId: string
    readonly principalId: PrincipalId
    readonly principalType?: string | null | undefined
  },
): Promise<Attributes> {
  const role = tryParseRoleDefinitionId(asked.roleDefinitionId)
  const type = (await findPrincipal(reader, asked.principalId))?.type ?? asked.principalType ?? undefined
  return {
    '@Request[Microsoft.Authorization/roleAssignments:PrincipalId]': asked.principalId,
    ...(role === undefined ? {} : { '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]': role }),
    ...(type === undefined ? {} : { '@Request[Microsoft.Authorization/roleAssignments:PrincipalType]': type }),
  }
}

/** What conditions may ask about a role assignment that is to be deleted; nothing when there is none. */
export async function attributesOfStored(reader: Reader, scope: Scope, id: Guid): Promise<Attributes> {
  const stored = await findRoleAssignmentAt(reader, scope, id)
  if (stored === undefined) return {}
  return {
    '@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId]': stored.roleDefinitionId,
    '@Resource[Microsoft.Authorization/roleAssignments:PrincipalId]': stored.principalId,
    '@Resource[Microsoft.Authorization/roleAssignments:PrincipalType]': stored.principalType,
  }
}
