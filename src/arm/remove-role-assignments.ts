import { deleteRoleAssignment, listRoleAssignments, type RoleAssignment } from '#authorization/role-assignment-store.ts'
import { coversScope, type Scope } from '#authorization/scope.ts'
import type { Guid } from '#base/ids.ts'
import type { Writer } from '#storage/database.ts'

const assignmentsAtOnce = 200

/**
 * Removes the role assignments at the scope of a deleted resource and below, so that they do not come back to life with
 * another resource of its name; those at `except` and below stay. The caller's write moves the generation.
 */
export async function removeRoleAssignmentsWithin(
  writer: Writer,
  scope: Scope,
  { except }: { readonly except?: Scope } = {},
): Promise<void> {
  const isRemoved = ({ canonicalScope }: RoleAssignment): boolean =>
    coversScope(scope, canonicalScope) && (except === undefined || !coversScope(except, canonicalScope))
  const filter = { atScope: false, principalId: undefined, assignedTo: undefined }
  const within: RoleAssignment[] = []
  let after: Guid | undefined
  do {
    const page = await listRoleAssignments(writer, { scope, filter, limit: assignmentsAtOnce, after })
    within.push(...page.assignments.filter(isRemoved))
    after = page.next
  } while (after !== undefined)
  for (const assignment of within) await deleteRoleAssignment(writer, assignment.canonicalScope, assignment.id)
}
