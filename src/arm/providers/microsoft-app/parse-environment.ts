import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { notSupported, parseObjectBody, parseShape } from '../../body.ts'
import type { Tags } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { isJsonObject, objectWithoutNulls, parseTags } from '../../wire.ts'
import { environmentType } from './environment-wire.ts'

export interface DesiredEnvironmentDocument {
  readonly address: TypedResourceAddress
  readonly location: string
  readonly tags: Tags
  readonly properties: JsonObject
}

const switchable = z.object({ enabled: z.boolean().optional() }).optional()

const body = z.object({
  location: z.string(),
  tags: z.unknown().optional(),
  identity: z.object({ type: z.string().optional() }).optional(),
  properties: z
    .object({
      appLogsConfiguration: z
        .object({
          destination: z.string().optional(),
          // `sharedKey` beside it is write-only and is not kept.
          logAnalyticsConfiguration: z.object({ customerId: z.string().optional() }).optional(),
        })
        .optional(),
      zoneRedundant: z.boolean().optional(),
      workloadProfiles: z.array(z.json()).optional(),
      infrastructureResourceGroup: z.string().optional(),
      publicNetworkAccess: z.string().optional(),
      vnetConfiguration: z
        .object({ internal: z.boolean().optional(), infrastructureSubnetId: z.string().optional() })
        .optional(),
      customDomainConfiguration: z.record(z.string(), z.unknown()).optional(),
      peerAuthentication: z.object({ mtls: switchable }).optional(),
      peerTrafficConfiguration: z.object({ encryption: switchable }).optional(),
      daprAIInstrumentationKey: z.string().optional(),
      daprAIConnectionString: z.string().optional(),
    })
    .optional(),
})
type Properties = NonNullable<z.infer<typeof body>['properties']>

const namePattern = /^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,58}[A-Za-z0-9]$/

/**
 * The managed environment that a PUT describes. Read-only members are ignored; networks, certificates and encryption between
 * apps, which are not enforced here, are refused with `malformed` `NotSupported`, never stored.
 */
export function parseEnvironment(request: OperationRequest): DesiredEnvironmentDocument {
  const address = parseResource(request.path, environmentType)
  if (!namePattern.test(address.name)) {
    throw new ServiceError(
      'malformed',
      'ManagedEnvironmentInvalidName',
      `Invalid ManagedEnvironment name '${address.name}'. A name consists of 2 to 60 alphanumeric characters or '-', starts with an alphabetic character, ends with an alphanumeric character and cannot have '--'.`,
      { target: 'name' },
    )
  }
  const { location, tags, identity, properties = {} } = parseShape(body, objectWithoutNulls(parseObjectBody(request)))
  if ((identity?.type ?? 'None').toLowerCase() !== 'none') {
    throw notSupported(
      "Identities of managed environments are not supported: 'identity.type' must be 'None'.",
      'identity',
    )
  }
  refuseWhatIsNotEnforced(properties)
  return { address, location: parseLocation(location), tags: parseTags(tags), properties: storedProperties(properties) }
}

function refuseWhatIsNotEnforced(properties: Properties): void {
  const refused: readonly (readonly [member: string, given: boolean])[] = [
    ['vnetConfiguration', properties.vnetConfiguration?.internal === true],
    ['vnetConfiguration', (properties.vnetConfiguration?.infrastructureSubnetId ?? '') !== ''],
    ['customDomainConfiguration', Object.keys(properties.customDomainConfiguration ?? {}).length > 0],
    ['peerAuthentication', properties.peerAuthentication?.mtls?.enabled === true],
    ['peerTrafficConfiguration', properties.peerTrafficConfiguration?.encryption?.enabled === true],
    ['publicNetworkAccess', (properties.publicNetworkAccess ?? 'Enabled').toLowerCase() !== 'enabled'],
    ['daprAIInstrumentationKey', (properties.daprAIInstrumentationKey ?? '') !== ''],
    ['daprAIConnectionString', (properties.daprAIConnectionString ?? '') !== ''],
  ]
  for (const [member, given] of refused) {
    if (given) throw notSupported(`'properties.${member}' is not supported.`, `properties.${member}`)
  }
}

function storedProperties({
  appLogsConfiguration,
  zoneRedundant,
  workloadProfiles,
  infrastructureResourceGroup,
}: Properties): JsonObject {
  const stored: unknown = JSON.parse(
    JSON.stringify({
      appLogsConfiguration,
      zoneRedundant: zoneRedundant ?? false,
      workloadProfiles,
      infrastructureResourceGroup,
    }),
  )
  return isJsonObject(stored) ? stored : {}
}
