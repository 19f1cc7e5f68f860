import { z } from 'zod'

export const roleAssignmentShape = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  properties: z.object({
    roleDefinitionId: z.string(),
    principalId: z.string(),
    principalType: z.string().optional(),
    scope: z.string(),
    description: z.string().nullish(),
    condition: z.string().nullish(),
    conditionVersion: z.string().nullish(),
    createdBy: z.string().nullish(),
    createdOn: z.string().nullish(),
    updatedBy: z.string().nullish(),
    updatedOn: z.string().nullish(),
    delegatedManagedIdentityResourceId: z.string().nullish(),
  }),
})

/** A role assignment as az prints it: its properties beside its id, with the names of role and resource group. */
export function viewRoleAssignment(
  body: unknown,
  names?: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const { id, name, type, properties } = roleAssignmentShape.parse(body)
  const resourceGroup = /\/resourceGroups\/([^/]+)/i.exec(properties.scope)?.[1]
  return {
    condition: properties.condition ?? null,
    conditionVersion: properties.conditionVersion ?? null,
    createdBy: properties.createdBy ?? null,
    createdOn: properties.createdOn ?? null,
    delegatedManagedIdentityResourceId: properties.delegatedManagedIdentityResourceId ?? null,
    description: properties.description ?? null,
    id,
    name,
    principalId: properties.principalId,
    ...(names === undefined ? {} : { principalName: '' }),
    principalType: properties.principalType ?? null,
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    roleDefinitionId: properties.roleDefinitionId,
    ...(names === undefined ? {} : { roleDefinitionName: names.get(properties.roleDefinitionId) ?? '' }),
    scope: properties.scope,
    type,
    updatedBy: properties.updatedBy ?? null,
    updatedOn: properties.updatedOn ?? null,
  }
}

/** The columns of az's table of role assignments. */
export function tableOfRoleAssignments(result: unknown): readonly Readonly<Record<string, unknown>>[] {
  const items = Array.isArray(result) ? result : [result]
  return items.map((item) => {
    const row = z
      .object({
        principalName: z.string().optional(),
        principalId: z.string(),
        roleDefinitionName: z.string().optional(),
        scope: z.string(),
      })
      .parse(item)
    return {
      Principal: row.principalName === undefined || row.principalName === '' ? row.principalId : row.principalName,
      Role: row.roleDefinitionName ?? '',
      Scope: row.scope,
    }
  })
}
