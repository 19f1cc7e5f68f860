import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'
import { respondJson } from '../../wire.ts'
import { identitiesSince, identityPath, renderIdentity, type ShownIdentity } from './identity-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** UserAssignedIdentities_Get. */
export function getIdentity(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<Input, undefined, ShownIdentity> {
  return defineOperation({
    id: 'UserAssignedIdentities_Get',
    method: 'GET',
    path: identityPath,
    since: identitiesSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, identityType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/read')], scope: target },
    ],
    async handle({ transaction, tenant }, { address }): Promise<ShownIdentity> {
      const identity = await its.identities.findAt(transaction, address)
      if (identity === undefined) throw resourceNotFound(address)
      return { identity, tenant }
    },
    respond: (output, request) => respondJson(200, renderIdentity(output, request.apiVersion)),
    audit: auditTarget('Microsoft.ManagedIdentity/userAssignedIdentities/read'),
  })
}
