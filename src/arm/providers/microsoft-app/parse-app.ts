import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { parseShape } from '../../body.ts'
import { type TypedResourceAddress, tryParseResourceId } from '../../resource-id.ts'
import type { Tags } from '../../tracked-resource.ts'
import { objectWithoutNulls, parseTags } from '../../wire.ts'
import { completeConfiguration, configurationSchema } from './app-configuration.ts'
import { type DesiredIdentity, identitySchema, parseIdentity } from './app-identity.ts'
import { type DesiredSecret, parseSecrets } from './app-secrets.ts'
import { completeTemplate, templateSchema } from './app-template.ts'
import { environmentType } from './environment-wire.ts'

/** An app as a document asks for it: the body of a PUT, or what a PATCH makes of the stored one. */
export interface DesiredApp {
  readonly tags: Tags
  /** Undefined: whatever the app has. */
  readonly identity: DesiredIdentity | undefined
  /** Undefined: the one the app is in. */
  readonly environment: TypedResourceAddress | undefined
  readonly secrets: readonly DesiredSecret[]
  /** What is stored, but for `environmentId` and secrets. */
  readonly properties: JsonObject
}

const document = z.object({
  tags: z.unknown().optional(),
  identity: identitySchema.optional(),
  properties: z.object({
    environmentId: z.string().optional(),
    managedEnvironmentId: z.string().optional(),
    workloadProfileName: z.string().optional(),
    configuration: configurationSchema.optional(),
    template: templateSchema,
  }),
})

/** The largest document that is kept, in UTF-16 units of its JSON. */
const maximumDocumentLength = 1024 * 1024

/**
 * The app in a document. Read-only members (`principalId`, `latestRevisionName`, `systemData`, …) and nulls are ignored, for
 * az sends back what it got. Throws `malformed` in Azure's codes.
 * Source: contracts/resource-manager-and-container-apps.md §0 fact 6, §5, §6.
 */
export function parseAppDocument(given: JsonObject): DesiredApp {
  const { tags, identity, properties } = parseShape(document, objectWithoutNulls(given))
  const configuration = completeConfiguration(properties.configuration ?? {})
  const template = completeTemplate(properties.template)
  const environmentId = properties.environmentId ?? properties.managedEnvironmentId
  return {
    tags: parseTags(tags),
    identity: identity === undefined ? undefined : parseIdentity(identity),
    environment: environmentId === undefined ? undefined : parseEnvironmentId(environmentId),
    secrets: parseSecrets(properties.configuration?.secrets ?? []),
    properties: toDocument({
      workloadProfileName: properties.workloadProfileName ?? 'Consumption',
      configuration,
      template,
    }),
  }
}

const namePattern = /^[a-z]((?!.*--)[-a-z0-9]*[a-z0-9])?$/
const maximumNameLength = 32

/** The name of a new app, in lower case. Throws `malformed` `ContainerAppInvalidName`. */
export function parseAppName(text: string): string {
  const name = text.toLowerCase()
  if (name.length <= maximumNameLength && namePattern.test(name)) return name
  throw new ServiceError(
    'malformed',
    'ContainerAppInvalidName',
    `Invalid ContainerApp name '${text}'. A name must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character and cannot have '--'. The length must not be more than ${maximumNameLength} characters.`,
    { target: 'name' },
  )
}

function parseEnvironmentId(text: string): TypedResourceAddress {
  const address = tryParseResourceId(text, environmentType)
  if (address !== undefined) return address
  throw new ServiceError(
    'malformed',
    'InvalidEnvironmentId',
    "'properties.environmentId' must be the resource id of a managed environment.",
    { target: 'properties.environmentId' },
  )
}

/** What JSON keeps of a value, so that it equals itself when it is read back. */
function toDocument(value: object): JsonObject {
  const text = JSON.stringify(value)
  if (text.length > maximumDocumentLength) {
    throw new ServiceError(
      'too-large',
      'RequestEntityTooLarge',
      'The container app is described by too large a document.',
    )
  }
  const stored: unknown = JSON.parse(text)
  return isJsonObject(stored) ? stored : {}
}
