import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  buildChildEnvironment,
  namesToUnset,
  type SessionSurroundings,
  sessionEnvironment,
} from './child-environment.ts'

const session: SessionSurroundings = {
  kind: 'workload',
  identityEndpoint: 'http://127.0.0.1:8481/msi/token/1',
  identityHeader: 'header-of-the-session',
  proxyUrl: 'http://user:password@127.0.0.1:8480',
  caFile: '/data/sessions/1/ca.pem',
  azureConfigDirectory: '/data/sessions/1/azure',
  azdConfigDirectory: '/data/sessions/1/azd',
  variables: {},
  allowedVariables: [],
  dataDirectory: '/data',
}

const ofTheSession = {
  HTTPS_PROXY: session.proxyUrl,
  https_proxy: session.proxyUrl,
  HTTP_PROXY: session.proxyUrl,
  http_proxy: session.proxyUrl,
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
  STRONGROOM_DATA: '/data',
}

describe('what an app may not choose', () => {
  const variables = {
    LEVEL: 'debug',
    PYTHONUNBUFFERED: '1',
    NODE_OPTIONS: '--import=data:,',
    LD_PRELOAD: '/tmp/x.so',
    PATH: '/tmp',
    BASH_ENV: '/tmp/x',
    pythonpath: '/tmp',
    'BASH_FUNC_ls%%': '() { :; }',
    GIT_SSH_COMMAND: 'sh',
  }
  const dangerous = [
    'BASH_ENV',
    'BASH_FUNC_ls%%',
    'GIT_SSH_COMMAND',
    'LD_PRELOAD',
    'NODE_OPTIONS',
    'PATH',
    'pythonpath',
  ]

  test('are variables by which a program loads other code', () => {
    const built = buildChildEnvironment(
      { PATH: '/usr/bin', NODE_OPTIONS: '--trace-warnings' },
      { ...session, variables },
    )
    assert.deepEqual(built, {
      environment: {
        PATH: '/usr/bin',
        NODE_OPTIONS: '--trace-warnings',
        LEVEL: 'debug',
        PYTHONUNBUFFERED: '1',
        ...ofTheSession,
      },
      replaced: [],
      withheld: dangerous,
    })
  })

  test('is taken by name alone when whoever starts the command says so', () => {
    const { environment, withheld } = sessionEnvironment({ ...session, variables, allowedVariables: ['NODE_OPTIONS'] })
    assert.equal(environment['NODE_OPTIONS'], '--import=data:,')
    assert.deepEqual(
      withheld,
      dangerous.filter((name) => name !== 'NODE_OPTIONS'),
    )
  })

  test('is a file for the keys of its connections, which whoever starts the command may have', () => {
    const asked = { ...session, variables: { SSLKEYLOGFILE: '/tmp/of-the-app' } }
    assert.deepEqual(buildChildEnvironment({ SSLKEYLOGFILE: '/tmp/keys' }, asked), {
      environment: { SSLKEYLOGFILE: '/tmp/keys', ...ofTheSession },
      replaced: [],
      withheld: ['SSLKEYLOGFILE'],
    })
    assert.deepEqual(sessionEnvironment({ ...asked, allowedVariables: ['SSLKEYLOGFILE'] }), {
      environment: { SSLKEYLOGFILE: '/tmp/of-the-app', ...ofTheSession },
      withheld: [],
    })
  })

  test('stays what the session sets, whatever is allowed', () => {
    const taken = { HTTPS_PROXY: 'http://elsewhere', IDENTITY_ENDPOINT: 'http://elsewhere', SSL_CERT_DIR: '/tmp' }
    const { environment, withheld } = sessionEnvironment({
      ...session,
      variables: taken,
      allowedVariables: Object.keys(taken),
    })
    assert.deepEqual(environment, ofTheSession)
    assert.deepEqual(withheld, Object.keys(taken).sort())
  })
})

describe('where an app signs in', () => {
  const elsewhere = [
    'ARM_ENVIRONMENT',
    'ARM_METADATA_HOSTNAME',
    'ARM_MSI_ENDPOINT',
    'ARM_OIDC_TOKEN_FILE_PATH',
    'ARM_USE_CLI',
    'AZCOPY_ACTIVE_DIRECTORY_ENDPOINT',
    'AZCOPY_SPA_CERT_PATH',
    'AZD_AUTH_ENDPOINT',
    'AZUREPS_HOST_ENVIRONMENT',
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
    'AZURE_KUBERNETES_TOKEN_PROXY',
    'AZURE_POD_IDENTITY_AUTHORITY_HOST',
    'AZURE_REGIONAL_AUTHORITY_NAME',
    'AZURE_X509_CERTIFICATE_PATH',
    'ACC_CLOUD',
    'APPSETTING_WEBSITE_SITE_NAME',
    'IDENTITY_SERVER_THUMBPRINT',
    'IMDS_ENDPOINT',
    'MSAL_MANAGED_IDENTITY_ENDPOINT',
    'MSI_FALLBACK',
    'STRONGROOM_CONFIG_DIR',
    'azure_authority_host',
  ]
  const variables = Object.fromEntries(elsewhere.map((name) => [name, 'of the app']))

  test('is not for its variables to say', () => {
    const { environment, withheld } = sessionEnvironment({ ...session, variables })
    assert.deepEqual(environment, ofTheSession)
    assert.deepEqual(withheld, [...elsewhere].sort())
  })

  test('is for them to say by name alone when whoever starts the command says so', () => {
    const allowedVariables = ['AZURE_AUTHORITY_HOST', 'IMDS_ENDPOINT']
    const { environment } = sessionEnvironment({ ...session, variables, allowedVariables })
    assert.deepEqual(environment, {
      ...ofTheSession,
      AZURE_AUTHORITY_HOST: 'of the app',
      IMDS_ENDPOINT: 'of the app',
    })
  })

  test('is not who it is there, which its variables may say as in Azure, nor what else it calls', () => {
    const own = {
      AZURE_CLIENT_ID: '1',
      AZURE_CLIENT_SECRET: '2',
      AZURE_TENANT_ID: '3',
      AZURE_SUBSCRIPTION_ID: '4',
      ARM_CLIENT_ID: '5',
      ARM_CLIENT_SECRET: '6',
      ARM_TENANT_ID: '7',
      ARM_SUBSCRIPTION_ID: '8',
      ARM_USE_MSI: 'true',
      AZURE_KEYVAULT_URL: '9',
      AZURE_STORAGE_ACCOUNT: '10',
      IDENTITY__URL: '11',
    }
    const built = sessionEnvironment({ ...session, variables: own })
    assert.deepEqual(built, { environment: { ...own, ...ofTheSession }, withheld: [] })
  })

  test('is checked, whatever is allowed', () => {
    const unchecked = {
      ADAL_PYTHON_SSL_NO_VERIFY: '1',
      AZURE_CERT_VALIDATION_MODE: 'ignore',
      AZURE_CLI_DISABLE_CONNECTION_VERIFICATION: '1',
    }
    const allowedVariables = Object.keys(unchecked)
    const built = sessionEnvironment({ ...session, variables: unchecked, allowedVariables })
    assert.deepEqual(built, { environment: ofTheSession, withheld: allowedVariables })
  })
})

describe('the environment of a command', () => {
  test("is the caller's and the session's", () => {
    assert.deepEqual(buildChildEnvironment({ PATH: '/bin', LANG: 'C', GONE: undefined }, session), {
      environment: { PATH: '/bin', LANG: 'C', ...ofTheSession },
      replaced: [],
      withheld: [],
    })
  })

  test('of the operator is that of Azure Cloud Shell too', () => {
    const { environment } = buildChildEnvironment({}, { ...session, kind: 'operator' })
    assert.deepEqual(environment, {
      ...ofTheSession,
      ACC_CLOUD: 'PROD',
      AZUREPS_HOST_ENVIRONMENT: 'cloud-shell/1.0',
    })
  })

  for (const name of [
    'AZURE_CLIENT_SECRET',
    'azure_client_id',
    'AZUREPS_HOST_ENVIRONMENT',
    'AZD_CONFIG_DIR',
    'ACC_CLOUD',
    'APPSETTING_WEBSITE_SITE_NAME',
    'ARM_CLIENT_SECRET',
    'IDENTITY_SERVER_THUMBPRINT',
    'IMDS_ENDPOINT',
    'MSI_SECRET',
    'MSAL_MANAGED_IDENTITY_ENDPOINT',
    'SSL_CERT_DIR',
    'REQUESTS_CA_BUNDLE',
    'requests_ca_bundle',
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'ADAL_PYTHON_SSL_NO_VERIFY',
    'PYTHONHTTPSVERIFY',
    'GIT_SSL_NO_VERIFY',
    'HTTPS_PROXY',
    'Http_Proxy',
    'ALL_PROXY',
    'all_proxy',
    'no_proxy',
    'grpc_proxy',
    'npm_config_https_proxy',
    'npm_config_noproxy',
  ]) {
    test(`never has the caller's ${name}`, () => {
      const { environment, replaced } = buildChildEnvironment({ [name]: 'of the caller' }, session)
      assert.deepEqual(environment, ofTheSession)
      assert.deepEqual(replaced, [name])
    })
  }

  for (const name of ['PIP_CERT', 'AWS_CA_BUNDLE', 'GIT_SSL_CAINFO', 'npm_config_cafile']) {
    test(`names the session's file where the caller had ${name}`, () => {
      const { environment, replaced } = buildChildEnvironment({ [name]: '/of/the/caller.pem' }, session)
      assert.deepEqual(environment, { ...ofTheSession, [name]: session.caFile })
      assert.deepEqual(replaced, [name])
    })
  }

  for (const name of ['AZURITE_ACCOUNTS', 'ARMADA', 'MSIX', 'PROXY_HOST', 'MY_PROXY', 'NODE_OPTIONS', 'AWS_PROFILE']) {
    test(`keeps ${name}, which leads no Azure client elsewhere`, () => {
      const { environment, replaced } = buildChildEnvironment({ [name]: 'kept' }, session)
      assert.equal(environment[name], 'kept')
      assert.deepEqual(replaced, [])
    })
  }

  test('lists what was replaced in order, by name alone', () => {
    const { replaced } = buildChildEnvironment({ http_proxy: 'x', AZURE_TENANT_ID: 'y', PATH: '/bin' }, session)
    assert.deepEqual(replaced, ['AZURE_TENANT_ID', 'http_proxy'])
  })
})

describe("an app's variables", () => {
  test("are the command's, before the caller's", () => {
    const { environment } = buildChildEnvironment(
      { GREETING: 'of the caller' },
      { ...session, variables: { GREETING: 'of the app', AZURE_CLIENT_ID: 'of the app' } },
    )
    assert.deepEqual(environment, { ...ofTheSession, GREETING: 'of the app', AZURE_CLIENT_ID: 'of the app' })
  })

  test("never replace the session's, in any letter case, nor name another proxy or other roots", () => {
    const variables = {
      IDENTITY_HEADER: 'x',
      identity_endpoint: 'x',
      STRONGROOM_DATA: 'x',
      Https_Proxy: 'x',
      all_proxy: 'x',
      SSL_CERT_DIR: 'x',
      PIP_CERT: 'x',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    }
    const built = buildChildEnvironment({}, { ...session, variables })
    assert.deepEqual(built.environment, ofTheSession)
    assert.deepEqual(built.withheld, Object.keys(variables).sort())
  })

  test('that no system can pass on are left out', () => {
    const variables = { 'A=B': 'x', '': 'x', 'NUL\0': 'x', VALUE: 'a\0b', 'with.dot': 'kept' }
    const { environment, withheld } = sessionEnvironment({ ...session, variables })
    assert.deepEqual(environment, { ...ofTheSession, 'with.dot': 'kept' })
    assert.deepEqual(withheld, ['', 'A=B', 'NUL\0', 'VALUE'])
  })
})

describe('what an env file cannot take away', () => {
  test('is what would have been replaced, without what the file sets', () => {
    const inherited = { AZURE_CLIENT_SECRET: 'x', HTTP_PROXY: 'x', ALL_PROXY: 'x', PATH: '/bin' }
    assert.deepEqual(namesToUnset(inherited, session), ['ALL_PROXY', 'AZURE_CLIENT_SECRET'])
  })
})
