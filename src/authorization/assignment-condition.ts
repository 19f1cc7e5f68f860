import { ServiceError } from '#base/errors.ts'
import { conditionalActions } from './conditions/attributes.ts'
import { compileCondition, conditionVersion } from './conditions/condition.ts'
import { conditionProblem } from './conditions/condition-problem.ts'
import { compileRole, type RoleDefinition } from './role-definition.ts'

/**
 * The condition in a role assignment's body, as written, or undefined when there is none. Without `conditionVersion` it is of
 * version 2.0. Throws `malformed` `InvalidRoleAssignmentCondition` for what cannot be evaluated: it is never stored.
 * Source: contracts/resource-manager-and-container-apps.md §4.4, "Conditions".
 */
export function parseAssignmentCondition(written: {
  readonly condition?: string | null | undefined
  readonly conditionVersion?: string | null | undefined
}): string | undefined {
  const version = written.conditionVersion ?? ''
  if (version !== '' && version !== conditionVersion) {
    throw conditionProblem(`'conditionVersion' must be '${conditionVersion}'.`)
  }
  const text = written.condition ?? ''
  return text === '' ? undefined : compileCondition(text).text
}

/**
 * Refuses a condition on a role without an action that conditions apply to: it could only ever take everything away. Throws
 * `malformed` `RoleAssignmentConditionNotSupported`. Source: contracts/key-vault.md §7, "ABAC".
 */
export function requireConditionalRole(role: RoleDefinition): void {
  const compiled = compileRole(role.permissions)
  const takesCondition =
    conditionalActions.data.some((name) => compiled.allows('data', name.toLowerCase())) ||
    conditionalActions.control.some((name) => compiled.allows('control', name.toLowerCase()))
  if (takesCondition) return
  throw new ServiceError(
    'malformed',
    'RoleAssignmentConditionNotSupported',
    `The role '${role.roleName}' holds no action that conditions apply to: actions on secrets in a vault, and writing and deleting role assignments.`,
    { target: 'condition' },
  )
}
