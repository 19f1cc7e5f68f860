import { ServiceError } from '#base/errors.ts'
import type { Operation, OperationRequest } from '#operation/operation.ts'
import { requireDirectRequest, requireHost, requireMetadataHeader } from './direct-request.ts'
import {
  createIdentityOperation,
  type IssuanceDependencies,
  parseResource,
  unknownSession,
} from './issue-identity-token.ts'
import type { WorkloadSource } from './sources/source.ts'

const host = 'localhost:50342'

/** The token endpoint of Azure Cloud Shell: az, started as there, is signed in as the operator. For `shell` sessions alone. */
export function createGetCloudShellToken(
  dependencies: IssuanceDependencies & { readonly source: WorkloadSource },
): Operation {
  return createIdentityOperation(dependencies, {
    id: 'getCloudShellToken',
    method: 'POST',
    path: '/oauth2/token',
    shownPath: '/oauth2/token',
    source: dependencies.source,
    parse(request) {
      requireDirectRequest(request)
      requireHost(request, [host])
      requireMetadataHeader(request)
      const session = dependencies.source.prove(request)
      if (session === undefined) throw unknownSession()
      if (session.kind !== 'operator') {
        throw new ServiceError('forbidden', 'access_denied', 'This endpoint answers a shell of the operator only.')
      }
      const resource = parseResource(parseForm(request).get('resource') ?? undefined)
      return { session, selector: undefined, resource, capabilities: [] }
    },
  })
}

function parseForm(request: OperationRequest): URLSearchParams {
  const form = new URLSearchParams(request.body.toString('utf8'))
  const isForm = /^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(request.contentType)
  if (!isForm || form.getAll('resource').length > 1) {
    throw new ServiceError('malformed', 'invalid_request', 'The request body must be a form with one resource.')
  }
  return form
}
