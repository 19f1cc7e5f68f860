import { z } from 'zod'
import { answerIn } from './client/service-answer.ts'
import { pythonTime } from './views/shape.ts'

export const roleAssignmentShape = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  properties: z.object({
    scope: z.string(),
    roleDefinitionId: z.string(),
    principalId: z.string(),
    principalType: z.string().nullish(),
    description: z.string().nullish(),
    condition: z.string().nullish(),
    conditionVersion: z.string().nullish(),
    createdOn: z.string().nullish(),
    updatedOn: z.string().nullish(),
    createdBy: z.string().nullish(),
    updatedBy: z.string().nullish(),
    delegatedManagedIdentityResourceId: z.string().nullish(),
  }),
})

export type RoleAssignment = z.infer<typeof roleAssignmentShape>

/** What a list adds to each assignment. */
export interface AssignmentNames {
  readonly roles: ReadonlyMap<string, string>
  /** Undefined when the directory did not answer; then principals are not named at all. */
  readonly principals: ReadonlyMap<string, string> | undefined
}

/** A role assignment as az prints it: its properties beside its id; absent members are left out. */
export function viewRoleAssignment(body: unknown, names?: AssignmentNames): Readonly<Record<string, unknown>> {
  const { id, name, type, properties } = answerIn(roleAssignmentShape, body)
  const { createdOn, updatedOn, roleDefinitionId, principalId } = properties
  const shown = {
    id,
    name,
    type,
    ...properties,
    ...(typeof createdOn === 'string' ? { createdOn: pythonTime(createdOn) } : {}),
    ...(typeof updatedOn === 'string' ? { updatedOn: pythonTime(updatedOn) } : {}),
  }
  const present = Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null && value !== undefined))
  if (names === undefined) return present
  const principalName = names.principals?.get(principalId) ?? ''
  return {
    ...present,
    roleDefinitionName: names.roles.get(roleDefinitionId) ?? null,
    ...(names.principals === undefined ? {} : { principalName }),
  }
}

/** The columns of az's table of role assignments. */
export function tableOfRoleAssignments(result: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(result) ? result : [result]
  return items.map((item) => {
    const row = answerIn(rowShape, item)
    return { Principal: row.principalName ?? '', Role: row.roleDefinitionName ?? '', Scope: row.scope }
  })
}

const rowShape = z.object({
  principalName: z.string().nullish(),
  roleDefinitionName: z.string().nullish(),
  scope: z.string(),
})
