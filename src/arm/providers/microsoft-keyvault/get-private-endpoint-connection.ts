import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import {
  type ConnectionAddress,
  connectionPath,
  connectionsSince,
  parseConnectionAddress,
  renderConnection,
  requireConnection,
} from './private-endpoint-connection-wire.ts'

interface Output {
  readonly vault: VaultRecord
  readonly connection: PrivateEndpointConnection
}

/** PrivateEndpointConnections_Get: a private endpoint of this server about which nothing was said yet is pending. */
export function getPrivateEndpointConnection(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'privateEndpoints'>,
): Operation<ConnectionAddress, undefined, Output> {
  return defineOperation({
    id: 'PrivateEndpointConnections_Get',
    method: 'GET',
    path: connectionPath,
    since: connectionsSince,
    access: 'read',
    parse: ({ path }) => parseConnectionAddress(path),
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/privateEndpointConnections/read')], scope: target },
    ],
    async handle({ transaction }, { vault: address, name }): Promise<Output> {
      const vault = await requireVault(its, transaction, address)
      return { vault, connection: requireConnection(vault, { privateEndpoints: its.privateEndpoints, name }) }
    },
    respond: ({ vault, connection }) => respondJson(200, renderConnection(vault, connection)),
    audit: auditTarget('Microsoft.KeyVault/vaults/privateEndpointConnections/read'),
  })
}
