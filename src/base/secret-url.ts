import { type SecretName, type SecretVersion, tryParseSecretName, tryParseSecretVersion } from './ids.ts'

/** A secret in a vault as its URL names it. */
export interface SecretUrl {
  /** Lower case, without port: `kv1.vault.azure.net`. */
  readonly hostname: string
  readonly name: SecretName
  /** Undefined: the latest. */
  readonly version: SecretVersion | undefined
}

const pattern =
  /^https:\/\/([a-z0-9-]{3,24}\.vault\.[a-z0-9.-]+)(?::\d{1,5})?\/secrets\/([0-9a-z-]+)(?:\/([0-9a-f]+))?\/?$/i

/**
 * The secret that `https://NAME.vault.azure.net/secrets/SECRET[/VERSION]` names, or undefined for anything else. The suffix
 * after `vault.` may be any; whether the host is ours is for whoever looks the vault up.
 * Source: contracts/resource-manager-and-container-apps.md §6.4.
 */
export function tryParseSecretUrl(text: string): SecretUrl | undefined {
  const [, hostname, written = '', digits] = pattern.exec(text) ?? []
  const name = tryParseSecretName(written)
  const version = digits === undefined ? undefined : tryParseSecretVersion(digits)
  if (hostname === undefined || name === undefined || (digits !== undefined && version === undefined)) return undefined
  return { hostname: hostname.toLowerCase(), name, version }
}
