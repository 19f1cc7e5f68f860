import { defineOperation, type Operation } from '#operation/operation.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'

/** An authority that a client asks about. */
interface AskedAuthority {
  /** With its port, as the client wrote it. */
  readonly host: string
  readonly tenantName: string
  readonly isOwn: boolean
  readonly apiVersion: string
}

const azureHosts = ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'] as const

/** What MSAL knows of Azure's own login hosts. */
const azureMetadata = {
  preferred_network: 'login.microsoftonline.com',
  preferred_cache: 'login.windows.net',
  aliases: azureHosts,
}

/**
 * Instance discovery: whether a login host is to be trusted. Says yes for Azure's names and for our own, and nothing else; it
 * knows no tenants. MSAL asks it before it uses any host it has not heard of.
 */
export function createGetInstanceDiscovery(ownLoginHost: string): Operation {
  return defineOperation<AskedAuthority, undefined, AskedAuthority>({
    id: 'getInstanceDiscovery',
    method: 'GET',
    path: '/common/discovery/instance',
    since: '',
    open: 'public',
    access: 'read',
    parse: ({ query }) =>
      parseAuthority(query.get('authorization_endpoint'), query.get('api-version') ?? '1.1', ownLoginHost),
    handle: async (_context, asked) => asked,
    respond: ({ host, tenantName, isOwn, apiVersion }) => ({
      status: 200,
      headers: { 'Access-Control-Allow-Origin': '*' },
      body: JSON.stringify({
        tenant_discovery_endpoint: `https://${host}/${tenantName}/v2.0/.well-known/openid-configuration`,
        'api-version': apiVersion,
        metadata: isOwn
          ? [azureMetadata, { preferred_network: host, preferred_cache: host, aliases: [host] }]
          : [azureMetadata],
      }),
    }),
  })
}

function parseAuthority(endpoint: string | undefined, apiVersion: string, ownLoginHost: string): AskedAuthority {
  if (endpoint === undefined) {
    const text = "The request must contain the following parameter: 'authorization_endpoint'."
    throw oauthError(oauthErrors.missingParameter, text)
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const tenantName = url?.pathname.split('/')[1] ?? ''
  const isOwn = url?.hostname === ownLoginHost
  const isKnown = isOwn || azureHosts.some((host) => host === url?.hostname)
  const isPlain = url?.protocol === 'https:' && url.username === '' && url.password === ''
  if (url === undefined || !isKnown || !isPlain || !/^[A-Za-z0-9.-]{1,253}$/.test(tenantName)) {
    throw oauthError(oauthErrors.unknownInstance, 'Unknown or invalid instance.')
  }
  return { host: url.host, tenantName, isOwn, apiVersion: apiVersion === '1.0' ? '1.0' : '1.1' }
}
