import { z } from 'zod'
import { boundedList } from '#base/bounded-list.ts'
import { invalidContent } from '../../body.ts'
import { jsonList, jsonValue } from '../../json-shapes.ts'
import { secretsSchema } from './app-secrets.ts'

const maximumRegistries = 100

const port = z.int().min(0).max(65_535)

const ingress = z.object({
  external: z.boolean().optional(),
  targetPort: port.optional(),
  exposedPort: port.optional(),
  transport: z.string().optional(),
  traffic: jsonList.optional(),
  customDomains: jsonList.optional(),
  allowInsecure: z.boolean().optional(),
  ipSecurityRestrictions: jsonList.optional(),
  stickySessions: jsonValue.optional(),
  clientCertificateMode: z.string().optional(),
  corsPolicy: jsonValue.optional(),
  additionalPortMappings: jsonList.optional(),
})

const registry = z.object({
  server: z.string(),
  username: z.string().optional(),
  passwordSecretRef: z.string().optional(),
  identity: z.string().optional(),
})

/** What holds for all revisions of an app. Members that are not here are read-only or unknown and are not stored. */
export const configurationSchema = z.object({
  activeRevisionsMode: z.string().optional(),
  ingress: ingress.optional(),
  registries: boundedList(registry, maximumRegistries).optional(),
  secrets: secretsSchema.optional(),
  dapr: jsonValue.optional(),
  service: jsonValue.optional(),
  runtime: jsonValue.optional(),
  maxInactiveRevisions: z.int().min(0).optional(),
  revisionTransitionThreshold: z.int().min(0).optional(),
  targetLabel: z.string().optional(),
  identitySettings: jsonList.optional(),
})

export type Configuration = z.infer<typeof configurationSchema>

/**
 * A configuration as it is stored, but for its secrets: defaults filled in. Throws `malformed` `InvalidRequestContent` for an
 * unknown revision mode.
 */
export function completeConfiguration(given: Configuration): Omit<Configuration, 'secrets'> {
  const { secrets: _secrets, ...configuration } = given
  return {
    ...configuration,
    activeRevisionsMode: parseRevisionsMode(configuration.activeRevisionsMode),
    ...(configuration.ingress === undefined ? {} : { ingress: completeIngress(configuration.ingress) }),
  }
}

function parseRevisionsMode(mode: string | undefined): string {
  if (mode === undefined) return 'Single'
  const known = ['Single', 'Multiple', 'Labels'].find((candidate) => candidate.toLowerCase() === mode.toLowerCase())
  if (known !== undefined) return known
  const target = 'properties.configuration.activeRevisionsMode'
  throw invalidContent(`The request content was invalid: '${target}' must be 'Single', 'Multiple' or 'Labels'.`, target)
}

function completeIngress(given: z.infer<typeof ingress>): z.infer<typeof ingress> {
  return {
    ...given,
    external: given.external ?? false,
    transport: given.transport ?? 'Auto',
    allowInsecure: given.allowInsecure ?? false,
    traffic: given.traffic ?? [{ weight: 100, latestRevision: true }],
  }
}
