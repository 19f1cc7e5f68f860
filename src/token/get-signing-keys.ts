import { defineOperation, type Operation } from '#operation/operation.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'
import type { PublishedKey, SigningKeys } from './signing-keys.ts'
import { parseTenantName, type TenantNames } from './tenant-name.ts'

/**
 * The public signing keys of a tenant as a JWK set, with the next key before it signs; v1 and v2 list the same keys.
 * Source: RFC 7517 §5.
 */
export function createGetSigningKeys(
  version: 'v1' | 'v2',
  dependencies: { readonly names: TenantNames; readonly keys: SigningKeys },
): Operation {
  const { names, keys } = dependencies
  return defineOperation<undefined, readonly PublishedKey[], string>({
    id: version === 'v1' ? 'getSigningKeysV1' : 'getSigningKeys',
    method: 'GET',
    path: version === 'v1' ? '/{tenant}/discovery/keys' : '/{tenant}/discovery/v2.0/keys',
    since: '',
    open: 'public',
    access: 'read',
    parse: ({ path, place }) => {
      const named = parseTenantName(path['tenant'] ?? '', names, place.tenant)
      if (named === undefined) throw oauthError(oauthErrors.unknownDiscoveryTenant, 'Tenant not found.')
      return undefined
    },
    prepare: ({ tenant }) => keys.published(tenant),
    handle: async (_context, _input, published) => JSON.stringify({ keys: published.map(renderKey) }),
    respond: (body) => ({ status: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body }),
  })
}

function renderKey(key: PublishedKey): object {
  return {
    kty: 'RSA',
    use: 'sig',
    kid: key.keyId,
    x5t: key.keyId,
    n: key.publicJwk.n,
    e: key.publicJwk.e,
    x5c: [key.certificate.toString('base64')],
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  }
}
