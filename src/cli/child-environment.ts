/** What a session gives the command it starts. */
export interface SessionSurroundings {
  readonly kind: 'workload' | 'operator'
  readonly identityEndpoint: string
  readonly identityHeader: string
  /** `http://user:password@127.0.0.1:port`. */
  readonly proxyUrl: string
  /** PEM file with the caller's roots and ours. */
  readonly caFile: string
  /** Empty private folders, owned and removed by the server. */
  readonly azureConfigDirectory: string
  readonly azdConfigDirectory: string
  /** The app's plain environment variables. */
  readonly variables: Readonly<Record<string, string>>
  readonly dataDirectory: string
}

const identityPrefixes = ['AZURE_', 'AZUREPS_', 'AZD_', 'ARM_', 'IDENTITY_', 'IMDS_', 'MSI_', 'MSAL_']
const identityNames: ReadonlySet<string> = new Set([
  'ACC_CLOUD',
  'APPSETTING_WEBSITE_SITE_NAME',
  'APPSETTING_WEBSITE_OWNER_NAME',
])
/** Every variable by which a client finds roots or a proxy; inherited ones would win over ours. */
const trustNames: ReadonlySet<string> = new Set([
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'PIP_CERT',
  'AWS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
])
const proxyNames: ReadonlySet<string> = new Set(['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'ftp_proxy'])

export interface ChildEnvironment {
  readonly environment: Readonly<Record<string, string>>
  /** Names that were taken out of the caller's environment, sorted. */
  readonly removed: readonly string[]
}

/**
 * The environment of a command started under a session: the caller's, without every variable that could lead an Azure client
 * to another identity, another trust root or another proxy, plus the session's own.
 * Source: contracts of Azure Identity's DefaultAzureCredential order (environment before managed identity).
 */
export function buildChildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  session: SessionSurroundings,
): ChildEnvironment {
  const environment: Record<string, string> = {}
  const removed: string[] = []
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined) continue
    if (isReplaced(name)) removed.push(name)
    else environment[name] = value
  }
  return {
    environment: { ...environment, ...session.variables, ...sessionVariables(session) },
    removed: removed.sort(),
  }
}

/** Whether a variable is taken out before the session's own are set. */
function isReplaced(name: string): boolean {
  const upper = name.toUpperCase()
  return (
    identityPrefixes.some((prefix) => upper.startsWith(prefix)) ||
    identityNames.has(upper) ||
    trustNames.has(upper) ||
    proxyNames.has(name.toLowerCase())
  )
}

/** The variables of a session, for a child or for an env file. */
export function sessionVariables(session: SessionSurroundings): Readonly<Record<string, string>> {
  return {
    HTTPS_PROXY: session.proxyUrl,
    https_proxy: session.proxyUrl,
    HTTP_PROXY: session.proxyUrl,
    http_proxy: session.proxyUrl,
    // Not `localhost`: it would let `*.vault.localhost` go past the proxy.
    NO_PROXY: '127.0.0.1,::1',
    no_proxy: '127.0.0.1,::1',
    REQUESTS_CA_BUNDLE: session.caFile,
    CURL_CA_BUNDLE: session.caFile,
    SSL_CERT_FILE: session.caFile,
    NODE_EXTRA_CA_CERTS: session.caFile,
    IDENTITY_ENDPOINT: session.identityEndpoint,
    IDENTITY_HEADER: session.identityHeader,
    MSI_ENDPOINT: session.identityEndpoint,
    MSI_SECRET: session.identityHeader,
    AZURE_CONFIG_DIR: session.azureConfigDirectory,
    AZD_CONFIG_DIR: session.azdConfigDirectory,
    AZURE_TOKEN_CREDENTIALS: 'prod',
    STRONGROOM_DATA: session.dataDirectory,
    ...(session.kind === 'operator' ? { ACC_CLOUD: 'PROD', AZUREPS_HOST_ENVIRONMENT: 'cloud-shell/1.0' } : {}),
  }
}
