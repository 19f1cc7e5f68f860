import { issuerV1 } from '#authentication/token-claims.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'
import { type NamedTenant, parseTenantName, segmentOf, type TenantNames } from './tenant-name.ts'

/**
 * The OpenID configuration of a tenant, v1 or v2. Issuer and endpoints are on the host that was asked: clients compare them.
 * Source: OpenID Connect Discovery 1.0 §4.
 */
export function createGetOpenIdConfiguration(version: 'v1' | 'v2', names: TenantNames): Operation {
  return defineOperation<NamedTenant, undefined, string>({
    id: version === 'v1' ? 'getOpenIdConfigurationV1' : 'getOpenIdConfiguration',
    method: 'GET',
    path: `/{tenant}${version === 'v1' ? '' : '/v2.0'}/.well-known/openid-configuration`,
    since: '',
    open: 'public',
    access: 'read',
    parse: ({ path, place }) => {
      const named = parseTenantName(path['tenant'] ?? '', names, place.tenant)
      if (named === undefined) throw oauthError(oauthErrors.unknownDiscoveryTenant, 'Tenant not found.')
      return named
    },
    handle: async ({ request }, named) => JSON.stringify(describe(version, named, request.origin)),
    respond: (body) => ({ status: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body }),
  })
}

function describe(version: 'v1' | 'v2', named: NamedTenant, origin: string): object {
  const base = `${origin}/${segmentOf(named)}`
  const oauth = version === 'v1' ? `${base}/oauth2` : `${base}/oauth2/v2.0`
  return {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: version === 'v1' ? `${base}/discovery/keys` : `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerOf(version, named, origin),
    request_uri_parameter_supported: false,
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${oauth}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'tid', 'oid', 'upn', 'unique_name', 'name', 'ver'],
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
  }
}

function issuerOf(version: 'v1' | 'v2', named: NamedTenant, origin: string): string {
  if (version === 'v2') return `${origin}/${named.kind === 'tenant' ? named.tenant : '{tenantid}'}/v2.0`
  return named.kind === 'tenant' ? issuerV1(named.tenant) : 'https://sts.windows.net/{tenantid}/'
}
