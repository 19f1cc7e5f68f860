import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { notSupported, parseShape } from '../../body.ts'
import { jsonList, jsonObject } from '../../json-shapes.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import type { Tags } from '../../tracked-resource.ts'
import { objectWithoutNulls, parseTags } from '../../wire.ts'
import { environmentType } from './environment-wire.ts'

/** A managed environment as a document asks for it: the body of a PUT, or what a PATCH makes of the stored one. */
export interface DesiredEnvironmentDocument {
  readonly tags: Tags
  readonly properties: JsonObject
}

const switchable = z.object({ enabled: z.boolean().optional() }).optional()

const document = z.object({
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
      workloadProfiles: jsonList.optional(),
      infrastructureResourceGroup: z.string().optional(),
      publicNetworkAccess: z.string().optional(),
      vnetConfiguration: z
        .object({ internal: z.boolean().optional(), infrastructureSubnetId: z.string().optional() })
        .optional(),
      customDomainConfiguration: jsonObject.optional(),
      peerAuthentication: z.object({ mtls: switchable }).optional(),
      peerTrafficConfiguration: z.object({ encryption: switchable }).optional(),
      daprAIInstrumentationKey: z.string().optional(),
      daprAIConnectionString: z.string().optional(),
    })
    .optional(),
})
type Properties = NonNullable<z.infer<typeof document>['properties']>

const namePattern = /^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,58}[A-Za-z0-9]$/

/** The environment that a path names. Throws `malformed` `ManagedEnvironmentInvalidName` for a name that none can have. */
export function parseEnvironmentAddress(request: OperationRequest): TypedResourceAddress {
  const address = parseResource(request.path, environmentType)
  if (namePattern.test(address.name)) return address
  throw new ServiceError(
    'malformed',
    'ManagedEnvironmentInvalidName',
    `Invalid ManagedEnvironment name '${address.name}'. A name consists of 2 to 60 alphanumeric characters or '-', starts with an alphabetic character, ends with an alphanumeric character and cannot have '--'.`,
    { target: 'name' },
  )
}

/**
 * The managed environment in a document. Read-only members and nulls are ignored; networks, certificates and encryption
 * between apps, which are not enforced here, are refused with `malformed` `NotSupported`, never stored.
 */
export function parseEnvironmentDocument(given: JsonObject): DesiredEnvironmentDocument {
  const { tags, identity, properties = {} } = parseShape(document, objectWithoutNulls(given))
  if ((identity?.type ?? 'None').toLowerCase() !== 'none') {
    throw notSupported(
      "Identities of managed environments are not supported: 'identity.type' must be 'None'.",
      'identity',
    )
  }
  refuseWhatIsNotEnforced(properties)
  return { tags: parseTags(tags), properties: storedProperties(properties) }
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
