/** Which names this server answers: the literal Azure ones, and its own under one domain. Pure: names in, names out. */

export interface PublicNames {
  readonly loginOrigin: string
  readonly graphOrigin: string
  readonly portalOrigin: string
  readonly vaultSuffix: string
}

const azureVaultSuffix = 'vault.azure.net'
const azureLoginHosts = [
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'sts.windows.net',
] as const
const azureManagementHosts = ['management.azure.com', 'management.core.windows.net'] as const
const azureGraphHosts = ['graph.microsoft.com', 'graph.windows.net'] as const
const azureContainerAppsSuffix = 'azurecontainerapps.dev'
const rememberedVaults = 4096
const rememberedOrigins = 256

/** What a host name (lower case, no port) asks for, or undefined when it is none of ours. */
export type NamedSurface =
  | { readonly surface: 'vault'; readonly name: string }
  | { readonly surface: 'token' | 'arm' | 'graph' | 'portal' | 'app' }

export interface NameTable {
  classify(hostname: string): NamedSurface | undefined
  /** The names beside `origin`, so that every address in an answer belongs to the family the client already uses. */
  namesFor(origin: string): PublicNames
  /** DNS names the CA is constrained to. */
  readonly permittedNames: readonly string[]
  /** The DNS names of the leaf certificate that serves `hostname`. */
  certificateNames(hostname: string): readonly string[]
  /** Whether a host name lies under the own domain. */
  isOwn(hostname: string): boolean
  /** Whether the proxy answers CONNECT to this host without credentials, for it is ours. */
  claims(hostname: string): boolean
}

/** The table for one own domain, such as `localhost` or `vaults.example.com`. */
export function createNameTable(domain: string): NameTable {
  const fixed = new Map<string, NamedSurface>([
    ...azureLoginHosts.map((host) => [host, { surface: 'token' }] as const),
    ...azureManagementHosts.map((host) => [host, { surface: 'arm' }] as const),
    ...azureGraphHosts.map((host) => [host, { surface: 'graph' }] as const),
    [`login.${domain}`, { surface: 'token' }],
    [`management.${domain}`, { surface: 'arm' }],
    [`graph.${domain}`, { surface: 'graph' }],
    [`portal.${domain}`, { surface: 'portal' }],
  ])
  const ownVaultSuffix = `vault.${domain}`

  // The same object for the same name while it is remembered, so that look-ups by what it holds stay cheap.
  const vaults = new Map<string, NamedSurface>()

  function classify(hostname: string): NamedSurface | undefined {
    const known = fixed.get(hostname) ?? vaults.get(hostname)
    if (known !== undefined) return known
    const border = hostname.indexOf('.')
    const [label, parent] = [hostname.slice(0, border), hostname.slice(border + 1)]
    if (border > 0 && (parent === azureVaultSuffix || parent === ownVaultSuffix)) {
      const vault: NamedSurface = { surface: 'vault', name: label }
      if (vaults.size >= rememberedVaults) vaults.clear()
      vaults.set(hostname, vault)
      return vault
    }
    return hostname.endsWith(`.${azureContainerAppsSuffix}`) ? { surface: 'app' } : undefined
  }

  function isAzure(hostname: string): boolean {
    return (
      hostname.endsWith('.azure.com') ||
      hostname.endsWith('.windows.net') ||
      hostname.endsWith('.azure.net') ||
      hostname.endsWith('.microsoftonline.com') ||
      hostname.endsWith('.microsoft.com')
    )
  }

  const namesByOrigin = new Map<string, PublicNames>()

  function namesBeside(origin: string): PublicNames {
    const { hostname, port } = new URL(origin)
    if (isAzure(hostname)) {
      return {
        loginOrigin: `https://${azureLoginHosts[0]}`,
        graphOrigin: `https://${azureGraphHosts[0]}`,
        portalOrigin: 'https://portal.azure.com',
        vaultSuffix: azureVaultSuffix,
      }
    }
    const suffix = port === '' ? domain : `${domain}:${port}`
    return {
      loginOrigin: `https://login.${suffix}`,
      graphOrigin: `https://graph.${suffix}`,
      portalOrigin: `https://portal.${suffix}`,
      vaultSuffix: `vault.${suffix}`,
    }
  }

  return {
    classify,
    isOwn: (hostname) => hostname.endsWith(`.${domain}`),
    claims: (hostname) => classify(hostname) !== undefined,
    namesFor(origin) {
      const known = namesByOrigin.get(origin)
      if (known !== undefined) return known
      const names = namesBeside(origin)
      if (namesByOrigin.size >= rememberedOrigins) namesByOrigin.clear()
      namesByOrigin.set(origin, names)
      return names
    },
    permittedNames: [
      ...new Set([
        azureVaultSuffix,
        ...azureLoginHosts,
        ...azureManagementHosts,
        ...azureGraphHosts,
        azureContainerAppsSuffix,
        'localhost',
        domain,
      ]),
    ],
    certificateNames(hostname) {
      const named = classify(hostname)
      if (named?.surface === 'vault') {
        return hostname.endsWith(`.${azureVaultSuffix}`) ? [`*.${azureVaultSuffix}`] : [`*.${ownVaultSuffix}`]
      }
      if (named?.surface === 'app') return [hostname]
      return [...fixed.keys(), `*.${azureVaultSuffix}`, `*.${ownVaultSuffix}`, 'localhost']
    },
  }
}
