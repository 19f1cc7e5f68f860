import { canonicalAudience } from '#authentication/token-claims.ts'

/** What a token can be asked for. */
type ResourceService = 'vault' | 'management' | 'graph'

interface TokenResource {
  readonly service: ResourceService
  /** The `aud` of its tokens: the resource exactly as it was asked for. */
  readonly audience: string
}

export interface TokenResources {
  /** The resource of this name, or undefined. Letter case and one trailing slash do not matter, and come back as given. */
  find(resource: string): TokenResource | undefined
}

/** Resource names and application ids that Azure's clients send. Wire: cannot change. */
const azureResources: ReadonlyMap<string, ResourceService> = new Map([
  ['https://vault.azure.net', 'vault'],
  ['cfa8b339-82a2-471a-a3c9-0fc0be7a4093', 'vault'],
  ['https://management.core.windows.net', 'management'],
  ['https://management.azure.com', 'management'],
  ['797f4846-ba00-4fd7-ba43-dac1f8f63013', 'management'],
  ['https://graph.microsoft.com', 'graph'],
  ['00000003-0000-0000-c000-000000000000', 'graph'],
])

const ownLabels: ReadonlyMap<string, ResourceService> = new Map([
  ['vault', 'vault'],
  ['management', 'management'],
  ['graph', 'graph'],
])

/**
 * The resources of this server: Azure's names, and `https://vault.<domain>`, `https://management.<domain>` and
 * `https://graph.<domain>` with any port, for the port that a client sees is not always the one we listen on.
 */
export function createTokenResources(domain: string): TokenResources {
  const suffix = `.${domain.toLowerCase()}`
  return {
    find(resource) {
      const name = canonicalAudience(resource)
      const service = azureResources.get(name) ?? findOwn(name, suffix)
      return service === undefined ? undefined : { service, audience: resource }
    },
  }
}

const ownForm = /^https:\/\/([a-z]+)(\.[a-z0-9.-]+?)(?::(\d{1,5}))?$/

function findOwn(name: string, suffix: string): ResourceService | undefined {
  const parts = ownForm.exec(name)
  if (parts === null || parts[2] !== suffix || Number(parts[3] ?? 443) > 65_535) return undefined
  return ownLabels.get(parts[1] ?? '')
}
