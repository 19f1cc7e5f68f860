import { ServiceError } from '#base/errors.ts'
import type { Operation } from '#operation/operation.ts'
import { requireDirectRequest, requireHost } from './direct-request.ts'
import {
  createIdentityOperation,
  type IssuanceDependencies,
  parseCapabilities,
  parseResource,
  unknownSession,
} from './issue-identity-token.ts'
import { parseSelector } from './selected-identity.ts'
import type { WorkloadSource } from './sources/source.ts'

const protocols: readonly string[] = ['2019-08-01', '2017-09-01']
const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'] as const

/**
 * The managed identity endpoint of App Service and Container Apps, at IDENTITY_ENDPOINT. The path may end in the id of the
 * session it was given to; then the header must be that session's.
 * Source: Azure Container Apps, "Managed identities", REST endpoint reference.
 */
export function createGetAppServiceToken(
  dependencies: IssuanceDependencies & { readonly source: WorkloadSource },
): Operation {
  return createIdentityOperation(dependencies, {
    id: 'getAppServiceToken',
    method: 'GET',
    path: '/msi/token/{session?}',
    shownPath: '/msi/token',
    source: dependencies.source,
    parse(request) {
      requireDirectRequest(request)
      requireHost(request, loopbackHosts)
      const session = dependencies.source.prove(request)
      const addressed = request.path['session'] ?? ''
      if (session === undefined || (addressed !== '' && addressed.toLowerCase() !== session.id)) throw unknownSession()
      if (!protocols.includes(request.query.get('api-version') ?? '')) {
        throw new ServiceError(
          'malformed',
          'invalid_request',
          `The 'api-version' must be one of ${protocols.join(', ')}.`,
        )
      }
      const resource = parseResource(request.query.get('resource'))
      const selector = parseSelector(request.query)
      return { session, selector, resource, capabilities: parseCapabilities(request.query) }
    },
  })
}
