import { type Guid, trustGuid } from '#base/ids.ts'
import { containerAppsRoles } from './built-in-roles/container-apps.ts'
import { generalRoles } from './built-in-roles/general.ts'
import { identityAndMonitoringRoles } from './built-in-roles/identity-and-monitoring.ts'
import { keyVaultRoles } from './built-in-roles/key-vault.ts'
import { type CompiledRole, compileRole, type RoleDefinition } from './role-definition.ts'

/**
 * Every built-in role, most general first: Azure's own, with their GUIDs, permission lists and conditions as published, for what
 * is served here. Source: Azure built-in roles (learn.microsoft.com/azure/role-based-access-control/built-in-roles).
 */
export const builtInRoles: readonly RoleDefinition[] = [
  ...generalRoles,
  ...keyVaultRoles,
  ...containerAppsRoles,
  ...identityAndMonitoringRoles,
]

const byId: ReadonlyMap<string, RoleDefinition> = new Map(builtInRoles.map((entry) => [entry.id, entry]))
const compiledById: ReadonlyMap<string, CompiledRole> = new Map(
  builtInRoles.map((entry) => [entry.id, compileRole(entry.permissions)]),
)

/** The built-in role with this GUID, or undefined. */
export function findBuiltInRole(id: Guid): RoleDefinition | undefined {
  return byId.get(id)
}

/** The built-in role's permissions, compiled when the program started, or undefined. */
export function findCompiledBuiltInRole(id: Guid): CompiledRole | undefined {
  return compiledById.get(id)
}

/** Well-known role ids. */
export const builtInRoleIds = {
  owner: trustGuid('8e3af657-a8ff-443c-a75c-2fe8c4bcb635'),
  contributor: trustGuid('b24988ac-6180-42a0-ab88-20f7382dd24c'),
  reader: trustGuid('acdd72a7-3385-48ef-bd42-f606fba81ae7'),
  keyVaultAdministrator: trustGuid('00482a5a-887f-4fb3-b363-3b7fe8e74483'),
  keyVaultSecretsOfficer: trustGuid('b86a8fe4-44ce-4948-aee5-eccb2c155cd7'),
  keyVaultSecretsUser: trustGuid('4633458b-17de-408a-b874-0445c86b69e6'),
} as const
