import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { invalidContent, notSupported } from '../../body.ts'
import { isJsonObject } from '../../wire.ts'
import type { Template } from './app-template.ts'

const port = z.int().min(0).max(65_535)

const ingress = z.object({
  external: z.boolean().optional(),
  targetPort: port.optional(),
  exposedPort: port.optional(),
  transport: z.string().optional(),
  traffic: z.array(z.json()).optional(),
  customDomains: z.array(z.json()).optional(),
  allowInsecure: z.boolean().optional(),
  ipSecurityRestrictions: z.array(z.json()).optional(),
  stickySessions: z.json().optional(),
  clientCertificateMode: z.string().optional(),
  corsPolicy: z.json().optional(),
  additionalPortMappings: z.array(z.json()).optional(),
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
  registries: z.array(registry).optional(),
  secrets: z.array(z.unknown()).optional(),
  dapr: z.json().optional(),
  service: z.json().optional(),
  runtime: z.json().optional(),
  maxInactiveRevisions: z.int().min(0).optional(),
  revisionTransitionThreshold: z.int().min(0).optional(),
  targetLabel: z.string().optional(),
  identitySettings: z.array(z.json()).optional(),
})

export type Configuration = z.infer<typeof configurationSchema>

/**
 * A configuration as it is stored: defaults filled in. Throws `malformed` `NotSupported` for secrets, which are not stored
 * yet, and `InvalidRequestContent` for an unknown revision mode.
 */
export function completeConfiguration(given: Configuration): Omit<Configuration, 'secrets'> {
  const { secrets, ...configuration } = given
  if ((secrets ?? []).length > 0) {
    throw notSupported(
      "Secrets of container apps are not supported: 'configuration.secrets' must be empty. Let the app read its secrets from a key vault with its identity.",
      'properties.configuration.secrets',
    )
  }
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

/**
 * Refuses references to secrets that the app does not have, which today are all. Throws `malformed`
 * `ContainerAppSecretRefNotFound`, naming secret and container. Source: contracts/real-captures.md §3.
 */
export function refuseUnknownSecretRefs(template: Template, configuration: Omit<Configuration, 'secrets'>): void {
  for (const container of [...template.containers, ...(template.initContainers ?? [])]) {
    for (const { secretRef } of container.env ?? []) {
      if (secretRef !== undefined) throw secretRefNotFound(secretRef, ` defined for container '${container.name}'`)
    }
  }
  const others = [template.scale, template.volumes, configuration.registries, configuration.dapr, configuration.service]
  for (const part of others) {
    const reference = part === undefined ? undefined : findSecretRef(part)
    if (reference !== undefined) throw secretRefNotFound(reference, '')
  }
}

function findSecretRef(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    for (const element of value) {
      const found = findSecretRef(element)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  for (const [name, member] of Object.entries(value)) {
    if ((name === 'secretRef' || name === 'passwordSecretRef') && typeof member === 'string' && member !== '')
      return member
    const found = findSecretRef(member)
    if (found !== undefined) return found
  }
  return undefined
}

function secretRefNotFound(reference: string, where: string): ServiceError {
  return new ServiceError('malformed', 'ContainerAppSecretRefNotFound', `SecretRef '${reference}'${where} not found.`)
}
