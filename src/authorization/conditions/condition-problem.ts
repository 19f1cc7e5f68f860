import { ServiceError } from '#base/errors.ts'

/** A condition that is not one: `malformed` `InvalidRoleAssignmentCondition`, saying what is wrong and where (from 0). */
export function conditionProblem(problem: string, at?: number): ServiceError {
  const where = at === undefined ? problem : `At character ${at + 1}: ${problem}`
  return new ServiceError(
    'malformed',
    'InvalidRoleAssignmentCondition',
    `The given role assignment condition is invalid. ${where}`,
    { target: 'condition' },
  )
}
