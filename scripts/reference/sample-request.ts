import type { Caller } from '#authentication/caller.ts'
import { parseScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import type {
  Operation,
  OperationRequest,
  Place,
  PreparationContext,
  RequestFacts,
  Requirements,
} from '#operation/operation.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')
const subscription = '22222222-2222-4222-8222-222222222222'
const vaultScope = `/subscriptions/${subscription}/resourcegroups/samplegroup/providers/microsoft.keyvault/vaults/samplevault`

const caller: Caller = {
  tenant,
  principal: trustGuid<PrincipalId>('33333333-3333-4333-8333-333333333333'),
  kind: 'user',
  clientId: trustGuid<ClientId>('44444444-4444-4444-8444-444444444444'),
  tokenId: '',
  keyId: '',
  issuedAtSeconds: 0,
  expiresAtSeconds: 0,
  issuer: '',
  epoch: 0,
  auditClaimsJson: '{}',
  displayName: undefined,
}

/** Facts of a request that nobody sent. */
export const sampleFacts: RequestFacts = {
  requestId: trustGuid('55555555-5555-4555-8555-555555555555'),
  clientRequestId: undefined,
  clientAddress: '127.0.0.1',
  userAgent: '',
  tlsVersion: '',
  remotePort: 0,
  localPort: 0,
  startedAtMilliseconds: 0,
}

/** Where the sample requests of a surface go: to a vault that exists nowhere, or to its tenant. */
export function samplePlace(surface: string): Place {
  return surface === 'vault'
    ? { kind: 'vault', tenant, id: tenant, scope: parseScope(vaultScope), name: 'samplevault', location: 'westeurope' }
    : { kind: 'tenant', tenant, id: tenant, scope: parseScope('/'), name: '', location: '' }
}

const location = 'westeurope'
const environmentId = `/subscriptions/${subscription}/resourcegroups/samplegroup/providers/microsoft.app/managedenvironments/sampleenvironment`

/** The smallest body of each write that needs one; reads and new operations without a body need no line here. */
const bodies: Readonly<Record<string, unknown>> = {
  setSecret: { value: '' },
  restoreSecret: { value: Buffer.from('\u0001\u0012name-in-the-backup').toString('base64url') },
  ResourceGroups_CreateOrUpdate: { location },
  ResourceGroups_Update: { tags: {} },
  Vaults_CreateOrUpdate: { location, properties: { tenantId: tenant, sku: { family: 'A', name: 'standard' } } },
  Vaults_CheckNameAvailability: { name: 'samplevault', type: 'Microsoft.KeyVault/vaults' },
  Vaults_UpdateAccessPolicy: { properties: { accessPolicies: [] } },
  PrivateEndpointConnections_Put: {
    properties: { privateLinkServiceConnectionState: { status: 'Approved' } },
  },
  ManagementLocks_CreateOrUpdateByScope: { properties: { level: 'CanNotDelete' } },
  DiagnosticSettings_CreateOrUpdate: {
    properties: {
      storageAccountId: `/subscriptions/${subscription}/resourceGroups/sample/providers/Microsoft.Storage/storageAccounts/sample`,
      logs: [{ category: 'AuditEvent', enabled: true }],
    },
  },
  Secrets_CreateOrUpdate: { properties: { value: '' } },
  RoleDefinitions_CreateOrUpdate: {
    properties: {
      roleName: 'sample',
      type: 'CustomRole',
      permissions: [{ actions: ['*/read'] }],
      assignableScopes: [`/subscriptions/${subscription}`],
    },
  },
  RoleAssignments_Create: {
    properties: {
      roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${tenant}`,
      principalId: caller.principal,
    },
  },
  UserAssignedIdentities_CreateOrUpdate: { location },
  FederatedIdentityCredentials_CreateOrUpdate: {
    properties: { issuer: 'https://sample.invalid', subject: 'sample', audiences: ['sample'] },
  },
  getDirectoryObjectsByIds: { ids: [] },
  checkMemberGroups: { groupIds: [] },
  createGroup: { displayName: 'sample', mailNickname: 'sample', mailEnabled: false, securityEnabled: true },
  addGroupMember: { '@odata.id': `https://sample.invalid/v1.0/directoryObjects/${tenant}` },
  ManagedEnvironments_CreateOrUpdate: { location, properties: {} },
  Namespaces_CheckNameAvailability: { name: 'sample', type: 'Microsoft.App/containerApps' },
  Workspaces_CreateOrUpdate: { location },
  ContainerApps_CreateOrUpdate: {
    location,
    properties: {
      managedEnvironmentId: environmentId,
      template: { containers: [{ name: 'sample', image: 'sample' }] },
    },
  },
}

/** What an operation asks for, with the names of path parameters where a request would have their values. */
export interface SampleRequirement {
  readonly anyOf: readonly string[]
  readonly scope: string
}

/**
 * What a sample request to this operation requires: `filtered`, or actions at scopes. Finds values that the operation's own
 * parser accepts for its path parameters. Throws when it accepts none.
 */
export async function requirementsOfSample(
  surface: string,
  operation: Operation,
): Promise<'filtered' | readonly SampleRequirement[]> {
  if (operation.open !== undefined) throw new TypeError(`The operation ${operation.id} is open.`)
  const names = [...operation.path.matchAll(/\{([A-Za-z]+)(?:\.\.\.)?\}/g)].map(([, name = '']) => name)
  let refusal: unknown
  for (const values of combinations(names.map(candidates))) {
    const path = Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
    const request = sampleRequest(surface, operation, path)
    try {
      const context: PreparationContext = {
        tenant,
        caller,
        place: request.place,
        request,
        permits: () => false,
      }
      return named(await operation.requirements(context, operation.parse(request)), path)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      refusal = error
    }
  }
  throw new Error(`No sample request is accepted by ${operation.id}; give it a body in scripts/reference.`, {
    cause: refusal,
  })
}

/** Parameters that take one of few words. */
const knownValues: Readonly<Record<string, readonly string[]>> = {
  scope: [`subscriptions/${subscription}`, vaultScope.slice(1)],
  location: [location],
  namespace: ['Microsoft.KeyVault'],
  category: ['AuditEvent'],
  operationKind: ['add'],
}

/** A name, a GUID, and a version, each with its place in it, so that it can be told where it comes back. */
function candidates(name: string, at: number): readonly string[] {
  const known = knownValues[name]
  if (known !== undefined) return known
  return [`sample${at}`, `0000000${at}-0000-4000-8000-000000000000`, `0000000${at}000040008000000000000000`]
}

function combinations(choices: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return choices.reduce<readonly (readonly string[])[]>(
    (found, choice) => found.flatMap((values) => choice.map((value) => [...values, value])),
    [[]],
  )
}

function sampleRequest(
  surface: string,
  operation: Operation,
  path: Readonly<Record<string, string>>,
): OperationRequest {
  const body = operation.method === 'GET' || operation.method === 'HEAD' ? undefined : (bodies[operation.id] ?? {})
  return {
    place: samplePlace(surface),
    method: operation.method,
    origin: 'https://sample.invalid',
    path,
    query: new Map(),
    apiVersion: operation.since,
    header: () => undefined,
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    contentType: 'application/json',
    facts: sampleFacts,
  }
}

function named(
  requirements: Requirements,
  path: Readonly<Record<string, string>>,
): 'filtered' | readonly SampleRequirement[] {
  if (requirements === 'filtered') return 'filtered'
  return requirements.map(({ anyOf, scope }) => {
    let text = scope.path.replace(vaultScope, '{vault}').replace(environmentId, '{managedEnvironmentId}')
    for (const [name, value] of Object.entries(path)) {
      text = text.replace(name === 'scope' ? `/${value}` : value, `{${name}}`)
    }
    // What is left names the subscription of the installation that was opened for this page.
    text = text.replace(/^\/subscriptions\/[0-9a-f-]{36}$/, "{the installation's subscription}")
    return { anyOf: anyOf.map((action) => action.name), scope: text }
  })
}
