import { trustGuid } from '#base/ids.ts'
import type { RoleDefinition, RolePermission } from '../role-definition.ts'

const publishedAt = new Date('2015-02-02T21:55:09.880Z')

/** A built-in role with one entry of permissions, as Azure publishes it; lists that are empty are left out. */
export function builtInRole(
  id: string,
  roleName: string,
  description: string,
  permission: Partial<RolePermission>,
): RoleDefinition {
  return {
    id: trustGuid(id),
    roleName,
    type: 'BuiltInRole',
    description,
    assignableScopes: ['/'],
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }],
    createdAt: publishedAt,
    updatedAt: publishedAt,
    createdBy: undefined,
    updatedBy: undefined,
  }
}
