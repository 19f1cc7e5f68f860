import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseExtensionScope } from '../../extension-scope.ts'
import { type TypedResourceAddress, tryParseResourceId } from '../../resource-id.ts'
import { definedMembers, respondJson } from '../../wire.ts'
import { identitiesSince } from './identity-wire.ts'

interface Input {
  readonly target: Scope
  readonly written: string
  /** Undefined for a scope of a type that has no identity of its own. */
  readonly app: TypedResourceAddress | undefined
}

/** SystemAssignedIdentities_GetByScope: the identity that a container app has of its own. */
export function getSystemAssignedIdentity(
  its: Pick<ResourceManagerDependencies, 'apps'>,
): Operation<Input, undefined, JsonObject> {
  return defineOperation({
    id: 'SystemAssignedIdentities_GetByScope',
    method: 'GET',
    path: '/{scope...}/providers/Microsoft.ManagedIdentity/identities/default',
    since: identitiesSince,
    access: 'read',
    parse(request): Input {
      const { scope, written } = parseExtensionScope(request)
      return { target: scope, written, app: tryParseResourceId(written, 'Microsoft.App/containerApps') }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.ManagedIdentity/identities/read')], scope: target },
    ],
    async handle({ transaction, tenant }, { written, app: address }): Promise<JsonObject> {
      const app = address === undefined ? undefined : await its.apps.find(transaction, address)
      const principal =
        app?.identity === undefined ? undefined : await findPrincipal(transaction, app.identity.principalId)
      if (app === undefined || principal === undefined) {
        const text = `The resource '${written}' has no system-assigned identity.`
        throw new ServiceError('not-found', 'ResourceNotFound', text, { target: 'scope' })
      }
      return definedMembers({
        id: `${written}/providers/Microsoft.ManagedIdentity/identities/default`,
        name: 'default',
        type: 'Microsoft.ManagedIdentity/identities',
        location: app.location,
        properties: definedMembers({ tenantId: tenant, principalId: principal.id, clientId: principal.clientId }),
      })
    },
    respond: (identity) => respondJson(200, identity),
    audit: auditTarget('Microsoft.ManagedIdentity/identities/read'),
  })
}
