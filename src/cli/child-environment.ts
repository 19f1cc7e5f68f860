import { decidesWhatRuns } from './loading-variables.ts'

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
  /** Names of app's variables that the person at the keyboard takes although they decide what code a program loads or where it signs in. */
  readonly allowedVariables: readonly string[]
  readonly dataDirectory: string
}

const identityPrefixes = ['AZURE_', 'AZUREPS_', 'AZD_', 'ARM_', 'IDENTITY_', 'IMDS_', 'MSI_', 'MSAL_']
const identityNames: ReadonlySet<string> = new Set([
  'ACC_CLOUD',
  'APPSETTING_WEBSITE_SITE_NAME',
  'APPSETTING_WEBSITE_OWNER_NAME',
])
/**
 * Families of names that are an app's own as often as a client's: of these an app's variables lose those below alone, of the other
 * families all but `ownNames`.
 */
const sharedPrefixes = ['AZURE_', 'IDENTITY_']
/** What makes a client sign in at another authority or endpoint, with another cloud's names, or with a file of whoever starts it. */
const signInNames: ReadonlySet<string> = new Set([
  'AZCOPY_ACTIVE_DIRECTORY_ENDPOINT',
  'AZCOPY_SPA_CERT_PATH',
  'AZURE_ADFS_AUTHORITY_URL',
  'AZURE_AUTHORITY_HOST',
  'AZURE_AUTH_LOCATION',
  'AZURE_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLOUD',
  'AZURE_CLOUD_ENVIRONMENT',
  'AZURE_CLOUD_NAME',
  'AZURE_CORE_INSTANCE_DISCOVERY',
  'AZURE_ENVIRONMENT',
  'AZURE_ENVIRONMENT_FILEPATH',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_IMDS_CUSTOM_AUTHORITY_HOST',
  'AZURE_KUBERNETES_CA_DATA',
  'AZURE_KUBERNETES_CA_FILE',
  'AZURE_KUBERNETES_SNI_NAME',
  'AZURE_KUBERNETES_TOKEN_PROXY',
  'AZURE_POD_IDENTITY_AUTHORITY_HOST',
  'AZURE_REGIONAL_AUTHORITY_NAME',
  'AZURE_X509_CERTIFICATE_PATH',
  'IDENTITY_SERVER_THUMBPRINT',
  'STRONGROOM_CONFIG_DIR',
])
/** Who an app is at the session's own authority: it may bring a registration of its own, as in Azure. */
const ownNames: ReadonlySet<string> = new Set([
  'ARM_CLIENT_ID',
  'ARM_CLIENT_SECRET',
  'ARM_SUBSCRIPTION_ID',
  'ARM_TENANT_ID',
  'ARM_USE_MSI',
])
/** What makes a TLS library write down the keys of its connections: with them a recording of the traffic shows what was read. */
const keyLogNames: ReadonlySet<string> = new Set(['SSLKEYLOGFILE'])
/** Files of roots besides those that every session sets. Where the caller had one, the session's file takes its place. */
const trustFileNames: ReadonlySet<string> = new Set([
  'AWS_CA_BUNDLE',
  'BUNDLE_SSL_CA_CERT',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
  'GIT_SSL_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'NPM_CONFIG_CAFILE',
  'PIP_CERT',
])
/** Every other variable by which a client finds roots, or stops looking at them; inherited ones would win over ours. */
const trustNames: ReadonlySet<string> = new Set([
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NPM_CONFIG_CA',
  'NPM_CONFIG_STRICT_SSL',
  'PYTHONHTTPSVERIFY',
  'ADAL_PYTHON_SSL_NO_VERIFY',
  'AZURE_CERT_VALIDATION_MODE',
  'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION',
  'GIT_SSL_CAPATH',
  'GIT_SSL_NO_VERIFY',
])
const proxyNames: ReadonlySet<string> = new Set(
  ['HTTP', 'HTTPS', 'ALL', 'NO', 'FTP', 'SOCKS', 'WS', 'WSS', 'GRPC', 'NO_GRPC', 'NPM_CONFIG', 'NPM_CONFIG_HTTPS']
    .map((which) => `${which}_PROXY`)
    .concat('NPM_CONFIG_NOPROXY'),
)

export interface ChildEnvironment {
  readonly environment: Readonly<Record<string, string>>
  /** Names that were taken out of the caller's environment or given another value, sorted. */
  readonly replaced: readonly string[]
  /**
   * Names of the app's variables that the command does not get, sorted: they are the session's to set, cannot be set, or were not
   * allowed by name and decide what code a program loads or where it signs in, or give the keys of its connections away.
   */
  readonly withheld: readonly string[]
}

/**
 * The environment of a command started under a session: the caller's, without every variable that could lead an Azure client
 * to another identity, another trust root or another proxy, plus the app's own, plus the session's.
 * Source: contracts of Azure Identity's DefaultAzureCredential order (environment before managed identity).
 */
export function buildChildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  session: SessionSurroundings,
): ChildEnvironment {
  const kept: Record<string, string> = {}
  const replaced: string[] = []
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined) continue
    const upper = name.toUpperCase()
    if (trustFileNames.has(upper)) kept[name] = session.caFile
    if (trustFileNames.has(upper) || leadsElsewhere(upper)) replaced.push(name)
    else kept[name] = value
  }
  const own = sessionEnvironment(session)
  return {
    environment: { ...kept, ...own.environment },
    replaced: replaced.sort(),
    withheld: own.withheld,
  }
}

/**
 * The variables of a session and of its app, for a child or for an env file. An app's variable never replaces a session's, and
 * without leave never chooses what runs, where it signs in or who can read along: whoever writes the app may be somebody else than who starts the command.
 */
export function sessionEnvironment(session: SessionSurroundings): Omit<ChildEnvironment, 'replaced'> {
  const own = sessionVariables(session)
  const reserved = new Set(Object.keys(own).map((name) => name.toUpperCase()))
  const environment: Record<string, string> = {}
  const withheld: string[] = []
  for (const [name, value] of Object.entries(session.variables)) {
    const upper = name.toUpperCase()
    const isTrustOrProxy = trustFileNames.has(upper) || trustNames.has(upper) || proxyNames.has(upper)
    const isDangerous = decidesWhatRuns(upper) || leadsAppElsewhere(upper) || keyLogNames.has(upper)
    const isForbidden = isDangerous && !session.allowedVariables.includes(name)
    if (reserved.has(upper) || isTrustOrProxy || isForbidden || !canBeSet(name, value)) withheld.push(name)
    else environment[name] = value
  }
  return { environment: { ...environment, ...own }, withheld: withheld.sort() }
}

/** The inherited variables that a command would have to be started without, sorted; an env file cannot take them away. */
export function namesToUnset(
  inherited: Readonly<Record<string, string | undefined>>,
  session: SessionSurroundings,
): readonly string[] {
  const own = sessionVariables(session)
  return buildChildEnvironment(inherited, session).replaced.filter((name) => own[name] === undefined)
}

/** Whether a variable is taken out before the session's own are set. */
function leadsElsewhere(upper: string): boolean {
  return (
    identityPrefixes.some((prefix) => upper.startsWith(prefix)) ||
    identityNames.has(upper) ||
    trustNames.has(upper) ||
    proxyNames.has(upper)
  )
}

/** Whether an app's variable would have a client sign in elsewhere than the session does. */
function leadsAppElsewhere(upper: string): boolean {
  if (signInNames.has(upper)) return true
  if (ownNames.has(upper) || sharedPrefixes.some((prefix) => upper.startsWith(prefix))) return false
  return leadsElsewhere(upper)
}

/** What no operating system can pass on. Source: POSIX.1-2024, Base Definitions §8.1. */
function canBeSet(name: string, value: string): boolean {
  return name !== '' && !name.includes('=') && !name.includes('\0') && !value.includes('\0')
}

function sessionVariables(session: SessionSurroundings): Readonly<Record<string, string>> {
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
