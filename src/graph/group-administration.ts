import { action, type NonEmpty, type Requirement } from '#authorization/decision.ts'
import type { GraphDependencies } from './dependencies.ts'

/**
 * Who may change groups: an Owner or User Access Administrator of the installation's subscription. Being able to write role
 * assignments alone is not enough, for roles that may give away only some roles can do that too.
 */
export function requireGroupAdministration({
  administration: scope,
}: Pick<GraphDependencies, 'administration'>): NonEmpty<Requirement> {
  return [
    { anyOf: [action('Microsoft.Authorization/roleAssignments/write')], scope },
    { anyOf: [action('Microsoft.Authorization/roleDefinitions/write')], scope },
  ]
}
