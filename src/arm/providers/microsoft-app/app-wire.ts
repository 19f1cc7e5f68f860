import { isJsonObject, type JsonObject } from '#base/json.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import { displayLocation } from '../../locations.ts'
import { formatResourceId } from '../../resource-id.ts'
import { definedMembers, renderSystemData } from '../../wire.ts'
import { renderIdentity, type ShownIdentity } from './app-identity.ts'

export const appType = 'Microsoft.App/containerApps'
/** First api-version of Microsoft.App. */
export const appsSince = '2022-03-01'
export const appPath = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${appType}/{name}`

/** An app with what its environment adds to it. */
export interface ShownApp {
  readonly app: ContainerAppRecord
  /** Undefined when the environment is gone. */
  readonly defaultDomain: string | undefined
  readonly userAssigned: readonly ShownIdentity[]
}

/** An app's ingress; undefined when it has none. */
export function ingressOf({ properties }: ContainerAppRecord): JsonObject | undefined {
  const { configuration } = properties
  const ingress = isJsonObject(configuration) ? configuration['ingress'] : undefined
  return isJsonObject(ingress) ? ingress : undefined
}

/** The host name of an app or of one of its revisions; undefined without ingress or environment. */
export function hostOf(app: ContainerAppRecord, defaultDomain: string | undefined, label: string): string | undefined {
  const ingress = ingressOf(app)
  if (defaultDomain === undefined || ingress === undefined) return undefined
  return ingress['external'] === true ? `${label}.${defaultDomain}` : `${label}.internal.${defaultDomain}`
}

/**
 * An app on the wire. The id has `containerapps` in lower case, as Azure writes it; what a running app would add (replicas,
 * streams, readiness) is not there. Source: contracts/resource-manager-and-container-apps.md §6.2; contracts/real-captures.md §4.
 */
export function renderApp({ app, defaultDomain, userAssigned }: ShownApp): JsonObject {
  const { properties } = app
  const { environmentId } = properties
  const configuration = isJsonObject(properties['configuration']) ? properties['configuration'] : {}
  const ingress = ingressOf(app)
  const fqdn = hostOf(app, defaultDomain, app.address.name)
  return {
    id: formatResourceId(app.address, 'Microsoft.App/containerapps'),
    name: app.address.name,
    type: appType,
    location: displayLocation(app.location),
    tags: app.tags,
    systemData: renderSystemData(app.history),
    identity: renderIdentity(app, userAssigned),
    properties: definedMembers({
      provisioningState: 'Succeeded',
      managedEnvironmentId: environmentId,
      environmentId,
      workloadProfileName: properties['workloadProfileName'],
      latestRevisionName: app.revisionName,
      latestRevisionFqdn: hostOf(app, defaultDomain, app.revisionName),
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
