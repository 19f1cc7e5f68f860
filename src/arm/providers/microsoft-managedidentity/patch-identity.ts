import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import type { Tags } from '../../tracked-resource.ts'
import { authorOf, parseTags, respondJson } from '../../wire.ts'
import { identitiesSince, identityPath, renderIdentity, type ShownIdentity } from './identity-wire.ts'
import { parseIdentityAddress, refuseOtherLocation, refuseUnenforcedProperties } from './parse-identity.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  /** Undefined: as it is. */
  readonly location: string | undefined
  readonly tags: Tags | undefined
}

/** UserAssignedIdentities_Update: replaces the tags, if any are given. */
export function patchIdentity(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<Input, undefined, ShownIdentity> {
  return defineOperation({
    id: 'UserAssignedIdentities_Update',
    method: 'PATCH',
    path: identityPath,
    since: identitiesSince,
    access: 'write',
    // Updates nothing that a decision depends on; the move makes it take turns with a deletion.
    moves: 'generation',
    parse(request): Input {
      const address = parseIdentityAddress(request)
      const body = parseObjectBody(request)
      refuseUnenforcedProperties(body)
      const { location, tags } = body
      return {
        target: address.scope,
        address,
        location: location === undefined || location === null ? undefined : parseLocation(location),
        tags: tags === undefined || tags === null ? undefined : parseTags(tags),
      }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/write')], scope: target },
    ],
    async handle({ transaction, tenant, caller }, { address, location, tags }): Promise<ShownIdentity> {
      const existing = await its.identities.findAt(transaction, address)
      if (existing === undefined) throw resourceNotFound(address)
      if (location !== undefined) refuseOtherLocation(address, existing.location, location)
      const { identity } = await its.identities.save(transaction, {
        address: existing.address,
        location: existing.location,
        tags: tags ?? existing.tags,
        author: authorOf(caller),
      })
      return { identity, tenant }
    },
    respond: (output, request) => respondJson(200, renderIdentity(output, request.apiVersion)),
    audit: auditTarget('Microsoft.ManagedIdentity/userAssignedIdentities/write'),
  })
}
