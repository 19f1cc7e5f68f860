/** A cloud as `az cloud register --cloud-config` takes it. wire: cannot change, az reads the names. */
export interface CloudProfile {
  readonly endpoints: Readonly<Record<string, string>>
  readonly suffixes: Readonly<Record<string, string>>
}

/** The cloud that an installation is under its own names. `port` is the one that clients see; 443 goes without saying. */
export function describeCloud(installation: { readonly domain: string; readonly port: number }): CloudProfile {
  const { domain, port } = installation
  const suffix = port === 443 ? domain : `${domain}:${port}`
  return {
    endpoints: {
      management: 'https://management.core.windows.net/',
      // No slash at its end: az joins it with paths that begin with one.
      resourceManager: `https://management.${suffix}`,
      activeDirectory: `https://login.${suffix}`,
      activeDirectoryResourceId: 'https://management.core.windows.net/',
      activeDirectoryGraphResourceId: 'https://graph.windows.net/',
      microsoftGraphResourceId: `https://graph.${suffix}/`,
      portal: `https://portal.${suffix}`,
    },
    suffixes: { keyvaultDns: `.vault.${suffix}` },
  }
}
