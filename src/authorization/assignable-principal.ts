import { ServiceError } from '#base/errors.ts'
import type { PrincipalId } from '#base/ids.ts'
import type { TenantReader } from '#directory/membership.ts'
import { findPrincipal } from '#directory/principal-store.ts'

/** The kinds of principal a role assignment may name; the last two exist elsewhere and are never looked up. */
const assignablePrincipalTypes = ['User', 'Group', 'ServicePrincipal', 'ForeignGroup', 'Device'] as const

/** Types that Azure's interface names and no role can be assigned to. */
const unassignablePrincipalTypes = [
  'Application',
  'DirectoryObjectOrGroup',
  'DirectoryRoleTemplate',
  'Everyone',
  'MSI',
  'Unknown',
] as const
export type AssignablePrincipalType = (typeof assignablePrincipalTypes)[number]

/**
 * The type of the principal that a role is to be assigned to: the directory's, or the caller's word for one that the directory does
 * not know. Throws `malformed` `PrincipalNotFound`, `UnmatchedPrincipalType`, `PrincipalTypeNotSupported`, `InvalidPrincipalType`.
 * Source: contracts/resource-manager-and-container-apps.md §1.3, §4.2.
 */
export async function resolvePrincipalType(
  reader: TenantReader,
  request: { readonly principalId: PrincipalId; readonly principalType?: string | null | undefined },
): Promise<AssignablePrincipalType> {
  const given = (request.principalType ?? '') === '' ? undefined : parsePrincipalType(request.principalType)
  const principal = await findPrincipal(reader, request.principalId)
  if (principal === undefined) {
    if (given !== undefined) return given
    throw new ServiceError(
      'malformed',
      'PrincipalNotFound',
      `Principal ${withoutDashes(request.principalId)} does not exist in the directory ${reader.tenant}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype`,
    )
  }
  if (given !== undefined && given !== principal.type) {
    throw new ServiceError(
      'malformed',
      'UnmatchedPrincipalType',
      `The PrincipalId '${withoutDashes(request.principalId)}' has type '${principal.type}' , which is different from specified PrinciaplType '${given}'.`,
    )
  }
  return principal.type
}

/** The type that `text` names in any letter case. Throws `malformed` `PrincipalTypeNotSupported` or `InvalidPrincipalType`. */
export function parsePrincipalType(text: unknown): AssignablePrincipalType {
  const wanted = String(text).toLowerCase()
  const type = assignablePrincipalTypes.find((candidate) => candidate.toLowerCase() === wanted)
  if (type === undefined) {
    const other = unassignablePrincipalTypes.find((candidate) => candidate.toLowerCase() === wanted)
    if (other !== undefined) {
      throw new ServiceError(
        'malformed',
        'PrincipalTypeNotSupported',
        `Principals of type ${other} cannot validly be used in role assignments.`,
        { target: 'principalType' },
      )
    }
    throw new ServiceError('malformed', 'InvalidPrincipalType', "'principalType' is not a known type of principal.", {
      target: 'principalType',
    })
  }
  return type
}

function withoutDashes(guid: string): string {
  return guid.replaceAll('-', '')
}
