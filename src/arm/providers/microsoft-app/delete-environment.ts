import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { removeRoleAssignmentsWithin } from '../../remove-role-assignments.ts'
import { formatResourceId, parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { respondEmpty } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { environmentPath, environmentType } from './environment-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** Beyond that a refusal says how many apps there are at least. */
const appsCounted = 100

/**
 * ManagedEnvironments_Delete: 200, or 204 when there was none. Throws `conflict` `ManagedEnvironmentHasContainerApps` while
 * an app is in it.
 */
export function deleteEnvironment(
  its: Pick<ResourceManagerDependencies, 'environments' | 'apps'>,
): Operation<Input, undefined, boolean> {
  return defineOperation({
    id: 'ManagedEnvironments_Delete',
    method: 'DELETE',
    path: environmentPath,
    since: appsSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseResource(request.path, environmentType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/managedEnvironments/delete')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      const environmentId = formatResourceId(address, environmentType)
      const { length } = await its.apps.listIn(transaction, environmentId, { limit: appsCounted })
      if (length > 0) throw environmentHasApps(address.name, length)
      const deleted = await its.environments.delete(transaction, address)
      if (deleted) await removeRoleAssignmentsWithin(transaction, address.scope)
      return deleted
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.App/managedEnvironments/delete'),
  })
}

function environmentHasApps(name: string, count: number): ServiceError {
  return new ServiceError(
    'conflict',
    'ManagedEnvironmentHasContainerApps',
    `The specified environment ${name} cannot be deleted because it still contains ${count} ContainerApps.`,
  )
}
