import { audienceSet } from '#authentication/token-claims.ts'

/** Audiences that a vault answers to whatever its host: Azure's resource name and application id. */
const vaultAudiences = ['https://vault.azure.net', 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093']
const managementAudiences = [
  'https://management.azure.com',
  'https://management.core.windows.net',
  '797f4846-ba00-4fd7-ba43-dac1f8f63013',
]
const graphAudiences = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000']
const rememberedHosts = 256

/**
 * The audiences of a surface at a host: Azure's own, and the host's family as the challenge names it (`https://vault.localhost:8443`).
 * Gives the same set for the same host, so that connections can recognise it.
 */
function createAudiences(
  fixed: readonly string[],
  ownAudience: (host: string) => string | undefined,
): (host: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>()
  return (host) => {
    const lower = host.toLowerCase()
    const remembered = known.get(lower)
    if (remembered !== undefined) return remembered
    const own = ownAudience(lower)
    const audiences = audienceSet(own === undefined ? fixed : [...fixed, own])
    if (known.size >= rememberedHosts) known.clear()
    known.set(lower, audiences)
    return audiences
  }
}

/** For vaults under `vault.<domain>` besides Azure's names. */
export function vaultAudiencesOf(domain: string): (host: string) => ReadonlySet<string> {
  return createAudiences(vaultAudiences, (host) => {
    const family = host.slice(host.indexOf('.') + 1)
    return family === `vault.${domain}` || family.startsWith(`vault.${domain}:`) ? `https://${family}` : undefined
  })
}

/** For the resource manager at `management.<domain>` besides Azure's names. */
export function managementAudiencesOf(domain: string): (host: string) => ReadonlySet<string> {
  return createAudiences(managementAudiences, ownHost(`management.${domain}`))
}

/** For Microsoft Graph at `graph.<domain>` besides Azure's names. */
export function graphAudiencesOf(domain: string): (host: string) => ReadonlySet<string> {
  return createAudiences(graphAudiences, ownHost(`graph.${domain}`))
}

/** The audience that is the own host itself, with the port that the client used. */
function ownHost(own: string): (host: string) => string | undefined {
  return (host) => (host === own || host.startsWith(`${own}:`) ? `https://${host}` : undefined)
}
