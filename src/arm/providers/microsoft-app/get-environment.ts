import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { EnvironmentRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { environmentPath, environmentType, renderEnvironment } from './environment-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** ManagedEnvironments_Get. */
export function getEnvironment(
  its: Pick<ResourceManagerDependencies, 'environments'>,
): Operation<Input, undefined, EnvironmentRecord> {
  return defineOperation({
    id: 'ManagedEnvironments_Get',
    method: 'GET',
    path: environmentPath,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, environmentType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/managedEnvironments/read')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      const environment = await its.environments.find(transaction, address)
      if (environment === undefined) throw resourceNotFound(address)
      return environment
    },
    respond: (environment) => respondJson(200, renderEnvironment(environment)),
    audit: auditTarget('Microsoft.App/managedEnvironments/read'),
  })
}
