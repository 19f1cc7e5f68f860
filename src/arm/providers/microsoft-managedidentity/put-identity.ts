import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { requireGroup } from '../../resource-group-store.ts'
import type { TypedResourceAddress } from '../../resource-id.ts'
import type { Tags } from '../../tracked-resource.ts'
import { authorOf, parseTags, respondJson } from '../../wire.ts'
import { identitiesSince, identityPath, renderIdentity, type ShownIdentity } from './identity-wire.ts'
import { parseIdentityAddress, refuseOtherLocation, refuseUnenforcedProperties } from './parse-identity.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly location: string
  readonly tags: Tags
}

interface Output extends ShownIdentity {
  readonly created: boolean
}

/**
 * UserAssignedIdentities_CreateOrUpdate: 201 with a new service principal, 200 when its tags were replaced.
 * Source: contracts/resource-manager-and-container-apps.md §5.
 */
export function putIdentity(its: Pick<ResourceManagerDependencies, 'identities'>): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'UserAssignedIdentities_CreateOrUpdate',
    method: 'PUT',
    path: identityPath,
    since: identitiesSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseIdentityAddress(request)
      const body = parseObjectBody(request)
      refuseUnenforcedProperties(body)
      return {
        target: address.scope,
        address,
        location: parseLocation(body['location']),
        tags: parseTags(body['tags']),
      }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/write')], scope: target },
    ],
    async handle({ transaction, tenant, caller }, { address, location, tags }): Promise<Output> {
      const group = await requireGroup(transaction, address)
      const existing = await its.identities.findAt(transaction, address)
      if (existing !== undefined) refuseOtherLocation(address, existing.location, location)
      const { subscription, name } = address
      const saved = await its.identities.save(transaction, {
        address: { subscription, resourceGroup: group.name, name },
        location,
        tags,
        author: authorOf(caller),
      })
      return { ...saved, tenant }
    },
    respond: (output, request) =>
      respondJson(
        output.created ? 201 : 200,
        renderIdentity(output, request.apiVersion),
        output.created ? { Location: ownUrl(output.identity.resourceId, request) } : {},
      ),
    audit: auditTarget(
      'Microsoft.ManagedIdentity/userAssignedIdentities/write',
      (_input: Input, output: Output | undefined) =>
        output === undefined
          ? {}
          : { principalId: output.identity.principalId, clientId: output.identity.clientId, created: output.created },
    ),
  })
}

/** Complete, for generic clients take `Location` for where to poll, and ask there as it stands. */
function ownUrl(id: string, { origin, apiVersion }: OperationRequest): string {
  return `${origin}${id}?api-version=${encodeURIComponent(apiVersion)}`
}
