import { ServiceError } from '#base/errors.ts'
import { type Condition, compileCondition } from './condition.ts'

/**
 * A condition as it was stored, compiled again. Throws `internal` / `RoleAssignmentDamaged` when it is not one: what is read in
 * part must not be evaluated.
 */
export function compileStoredCondition(text: string): Condition {
  try {
    return compileCondition(text)
  } catch (cause) {
    throw new ServiceError('internal', 'RoleAssignmentDamaged', 'A stored role assignment cannot be read.', { cause })
  }
}
