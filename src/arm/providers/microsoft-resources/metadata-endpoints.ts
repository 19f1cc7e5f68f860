import type { JsonObject, JsonValue } from '#base/json.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import type { PublicNames, ResourceManagerDependencies } from '../../dependencies.ts'
import { respondJson } from '../../wire.ts'

const audiences = ['https://management.core.windows.net/', 'https://management.azure.com/']

/**
 * Metadata of this cloud, for `az cloud register` and Terraform's `metadata_host`: one object from 2022-09-01 on, a list of
 * it for 2019-05-01 and later, the older shape before. Source: contracts/resource-manager-and-container-apps.md §1.7.
 */
export function getMetadataEndpoints(
  its: Pick<ResourceManagerDependencies, 'namesFor'>,
): Operation<undefined, unknown, undefined> {
  return defineOperation({
    id: 'Metadata_Endpoints',
    method: 'GET',
    path: '/metadata/endpoints',
    since: '2015-01-01',
    access: 'read',
    open: 'public',
    parse: () => undefined,
    handle: async () => undefined,
    respond: (_output, request) => respondJson(200, renderMetadata(its.namesFor(request.origin), request)),
  })
}

function renderMetadata(names: PublicNames, request: OperationRequest): object {
  if (request.apiVersion < '2019-05-01') return renderOldShape(names)
  const metadata = renderShape(names, request.origin)
  return request.apiVersion < '2022-09-01' ? [metadata] : metadata
}

function renderShape(names: PublicNames, origin: string): JsonObject {
  const suffixOf = (service: string): JsonValue => names.vaultSuffix.replace(/^vault/, service)
  return {
    portal: names.portalOrigin,
    name: 'Strongroom',
    resourceManager: `${origin}/`,
    authentication: { loginEndpoint: names.loginOrigin, audiences, tenant: 'common', identityProvider: 'AAD' },
    graph: names.graphOrigin,
    graphAudience: 'https://graph.windows.net/',
    microsoftGraphResourceId: `${names.graphOrigin}/`,
    // Clients read all of these, also of services that are not here; only the vaults' is served.
    suffixes: {
      keyVaultDns: names.vaultSuffix,
      mhsmDns: suffixOf('managedhsm'),
      storage: suffixOf('storage'),
      acrLoginServer: suffixOf('azurecr'),
      sqlServerHostname: suffixOf('database'),
    },
    batch: '',
    media: '',
    sqlManagement: '',
    gallery: '',
    vmImageAliasDoc: '',
    activeDirectoryDataLake: '',
  }
}

function renderOldShape(names: PublicNames): JsonObject {
  return {
    galleryEndpoint: '',
    graphEndpoint: 'https://graph.windows.net/',
    portalEndpoint: names.portalOrigin,
    authentication: { loginEndpoint: `${names.loginOrigin}/`, audiences },
  }
}
