import { builtInRoles } from '#authorization/built-in-roles.ts'
import type { RoleDefinition } from '#authorization/role-definition.ts'
import type { Surface } from '#operation/operation.ts'
import { code, generatedNote, table } from './markdown.ts'
import { requirementsOfSample } from './sample-request.ts'

/** The permissions that operations ask for, and what the built-in roles grant. */
export async function renderPermissionsPage(surfaces: readonly Surface[]): Promise<string> {
  const askedBy = new Map<string, string[]>()
  for (const surface of surfaces) {
    for (const operation of surface.operations) {
      if (operation.open !== undefined) continue
      const requirements = await requirementsOfSample(surface.name, operation)
      if (requirements === 'filtered') continue
      for (const action of new Set(requirements.flatMap((requirement) => requirement.anyOf))) {
        askedBy.set(action, [...(askedBy.get(action) ?? []), operation.id])
      }
    }
  }
  const rows = [...askedBy].sort(([one], [other]) => (one < other ? -1 : 1))
  return `${[
    '# Permissions',
    generatedNote,
    '## Asked for',
    'By the smallest request of each operation. Lists of the resource manager are filtered by the `read` permission of what they list.',
    table(
      ['Permission', 'Operations'],
      rows.map(([action, operations]) => [code(action), operations.join(', ')]),
    ),
    '## Built-in roles',
    "Azure's own, with the GUIDs and permissions that Azure publishes. *Not* takes away from what the same role grants.",
    ...builtInRoles.map(renderRole),
  ].join('\n\n')}\n`
}

function renderRole(role: RoleDefinition): string {
  const lists = role.permissions.flatMap((permission) => [
    ['Actions', permission.actions] as const,
    ['Not actions', permission.notActions] as const,
    ['Data actions', permission.dataActions] as const,
    ['Not data actions', permission.notDataActions] as const,
  ])
  return [
    `### ${role.roleName}`,
    `${code(role.id)}: ${role.description}`,
    lists
      .filter(([, names]) => names.length > 0)
      .map(([title, names]) => `- ${title}: ${names.map(code).join(', ')}`)
      .join('\n'),
  ].join('\n\n')
}
