import { ServiceError } from '#base/errors.ts'
import type { Operation } from '#operation/operation.ts'
import { requireDirectRequest, requireHost, requireMetadataHeader } from './direct-request.ts'
import {
  createIdentityOperation,
  type IssuanceDependencies,
  parseCapabilities,
  parseResource,
  unknownSession,
} from './issue-identity-token.ts'
import { parseSelector } from './selected-identity.ts'
import type { WorkloadSource } from './sources/source.ts'

/** Clients probe without the header first and take a 400 as a sign of life; so that comes before who asks. */
const protocol = '2018-02-01'
const host = '169.254.169.254'

/** The instance metadata service's token endpoint. Source: "Azure Instance Metadata Service", managed identity. */
export function createGetImdsToken(
  dependencies: IssuanceDependencies & { readonly source: WorkloadSource },
): Operation {
  return createIdentityOperation(dependencies, {
    id: 'getImdsToken',
    method: 'GET',
    path: '/metadata/identity/oauth2/token',
    shownPath: '/metadata/identity/oauth2/token',
    source: dependencies.source,
    parse(request) {
      requireDirectRequest(request)
      requireHost(request, [host])
      requireMetadataHeader(request)
      const session = dependencies.source.prove(request)
      if (session === undefined) throw unknownSession()
      if (request.query.get('api-version') !== protocol) {
        throw new ServiceError('malformed', 'invalid_request', `The 'api-version' must be ${protocol}.`)
      }
      const resource = parseResource(request.query.get('resource'))
      const selector = parseSelector(request.query)
      return { session, selector, resource, capabilities: parseCapabilities(request.query) }
    },
  })
}
