import { canonicalName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { ContainerAppRecord, ListPosition, ResourceAddress } from '../../dependencies.ts'
import { displayLocation } from '../../locations.ts'
import { formatResourceId, parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { definedMembers, isJsonObject, renderSystemData } from '../../wire.ts'

export const appType = 'Microsoft.App/containerApps'
/** First api-version of Microsoft.App. */
export const appsSince = '2022-03-01'
export const appPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${appType}/{name}`

/** An app with what its environment adds to it. */
export interface ShownApp {
  readonly app: ContainerAppRecord
  /** Undefined when the environment is gone. */
  readonly defaultDomain: string | undefined
}

/** The scope under which an app, or an environment, is authorised. */
export function typedAddress(address: ResourceAddress, type: string): TypedResourceAddress {
  const { subscription, resourceGroup, name } = address
  return parseResource({ subscriptionId: subscription, resourceGroupName: resourceGroup, name }, type)
}

/** Where an app or environment stands in a list. */
export function positionOf(address: ResourceAddress): ListPosition {
  return { resourceGroup: canonicalName(address.resourceGroup), name: canonicalName(address.name) }
}

/**
 * An app on the wire. The id has `containerapps` in lower case, as Azure writes it; what a running app would add (replicas,
 * streams, readiness) is not there. Source: contracts/resource-manager-and-container-apps.md §6.2; contracts/real-captures.md §4.
 */
export function renderApp({ app, defaultDomain }: ShownApp): JsonObject {
  const { properties } = app
  const { environmentId } = properties
  const configuration = isJsonObject(properties['configuration']) ? properties['configuration'] : {}
  const ingress = isJsonObject(configuration['ingress']) ? configuration['ingress'] : undefined
  const hostOf = (label: string) => {
    if (defaultDomain === undefined || ingress === undefined) return undefined
    return ingress['external'] === true ? `${label}.${defaultDomain}` : `${label}.internal.${defaultDomain}`
  }
  const fqdn = hostOf(app.address.name)
  return {
    id: formatResourceId(app.address, 'Microsoft.App/containerapps'),
    name: app.address.name,
    type: appType,
    location: displayLocation(app.location),
    tags: app.tags,
    systemData: renderSystemData(app.history),
    identity: renderIdentity(app),
    properties: definedMembers({
      provisioningState: 'Succeeded',
      managedEnvironmentId: environmentId,
      environmentId,
      workloadProfileName: properties['workloadProfileName'],
      latestRevisionName: app.revisionName,
      latestRevisionFqdn: hostOf(app.revisionName),
      outboundIpAddresses: [],
      delegatedIdentities: [],
      configuration:
        ingress === undefined || fqdn === undefined
          ? configuration
          : { ...configuration, ingress: { ...ingress, fqdn } },
      template: properties['template'],
    }),
  }
}

/** The identity member: exactly `{"type":"None"}` when there is none. */
export function renderIdentity({ identity }: ContainerAppRecord): JsonObject {
  return identity === undefined
    ? { type: 'None' }
    : { type: 'SystemAssigned', principalId: identity.principalId, tenantId: identity.tenantId }
}
