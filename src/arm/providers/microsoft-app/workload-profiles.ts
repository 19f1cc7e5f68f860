import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { EnvironmentRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { displayLocation, parseLocation } from '../../locations.ts'
import { parseResource, parseSubscription, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { definedMembers, respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { environmentPath, environmentType } from './environment-wire.ts'

const typesOperation = 'Microsoft.App/locations/availableManagedEnvironmentsWorkloadProfileTypes/read'
const statesOperation = 'Microsoft.App/managedEnvironments/workloadProfileStates/read'

/** AvailableWorkloadProfiles_Get: only `Consumption` is there, for there are no machines of other sizes to choose. */
export const listWorkloadProfileTypes = defineOperation({
  id: 'AvailableWorkloadProfiles_Get',
  method: 'GET',
  path: '/subscriptions/{subscriptionId}/providers/Microsoft.App/locations/{location}/availableManagedEnvironmentsWorkloadProfileTypes',
  since: appsSince,
  access: 'read',
  parse(request) {
    const { subscription, scope } = parseSubscription(request.path)
    return { target: scope, subscription, location: parseLocation(request.path['location']) }
  },
  requirements: (_context, { target }) => [{ anyOf: [action(typesOperation)], scope: target }],
  handle: (_context, input) => Promise.resolve(input),
  respond: ({ subscription, location }) =>
    respondJson(200, {
      value: [
        {
          id: `/subscriptions/${subscription}/providers/Microsoft.App/locations/${location}/availableManagedEnvironmentsWorkloadProfileTypes/Consumption`,
          name: 'Consumption',
          type: 'Microsoft.App/availableManagedEnvironmentsWorkloadProfileTypes',
          location: displayLocation(location),
          properties: { category: 'Consumption', applicability: 'LocationDefault', displayName: 'Consumption' },
        },
      ],
    }),
  audit: auditTarget(typesOperation),
})

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** ManagedEnvironments_ListWorkloadProfileStates: the profiles that the environment asks for, none of them in use. */
export function listWorkloadProfileStates(
  its: Pick<ResourceManagerDependencies, 'environments'>,
): Operation<Input, undefined, EnvironmentRecord> {
  return defineOperation({
    id: 'ManagedEnvironments_ListWorkloadProfileStates',
    method: 'GET',
    path: `${environmentPath}/workloadProfileStates`,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, environmentType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [{ anyOf: [action(statesOperation)], scope: target }],
    async handle({ transaction }, { address }) {
      const environment = await its.environments.find(transaction, address)
      if (environment === undefined) throw resourceNotFound(address)
      return environment
    },
    respond: (environment) => respondJson(200, { value: statesOf(environment) }),
    audit: auditTarget(statesOperation),
  })
}

function statesOf({ properties }: EnvironmentRecord): readonly JsonObject[] {
  const profiles = properties['workloadProfiles']
  return (Array.isArray(profiles) ? profiles : []).filter(isJsonObject).map((profile) => ({
    name: profile['name'] ?? '',
    type: 'Microsoft.App/managedEnvironments/workloadProfileStates',
    properties: definedMembers({
      minimumCount: profile['minimumCount'],
      maximumCount: profile['maximumCount'],
      currentCount: 0,
    }),
  }))
}
