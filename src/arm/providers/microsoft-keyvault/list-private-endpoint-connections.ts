import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import {
  connectionsOf,
  connectionsPath,
  connectionsSince,
  renderConnection,
} from './private-endpoint-connection-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

interface Output {
  readonly vault: VaultRecord
  readonly rows: readonly PrivateEndpointConnection[]
}

/** PrivateEndpointConnections_ListByResource: all of a vault's, on one page. */
export function listPrivateEndpointConnections(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'privateEndpoints'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'PrivateEndpointConnections_ListByResource',
    method: 'GET',
    path: connectionsPath,
    since: connectionsSince,
    access: 'read',
    parse({ path }): Input {
      const address = parseResource(path, vaultType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/privateEndpointConnections/read')], scope: target },
    ],
    async handle({ transaction }, { address }): Promise<Output> {
      const vault = await requireVault(its, transaction, address)
      return { vault, rows: connectionsOf(vault, its.privateEndpoints) }
    },
    respond: ({ vault, rows }) =>
      respondJson(200, { value: rows.map((connection) => renderConnection(vault, connection)) }),
    audit: auditList('Microsoft.KeyVault/vaults/privateEndpointConnections/read'),
  })
}
