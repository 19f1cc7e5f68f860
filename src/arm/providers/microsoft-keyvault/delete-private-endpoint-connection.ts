import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { authorOf, respondEmpty, respondJson } from '../../wire.ts'
import {
  type ConnectionAddress,
  connectionPath,
  connectionsSince,
  findConnection,
  parseConnectionAddress,
  renderConnection,
} from './private-endpoint-connection-wire.ts'

interface Output {
  readonly vault: VaultRecord
  /** Undefined: there was nothing to forget. */
  readonly forgotten: PrivateEndpointConnection | undefined
}

/** PrivateEndpointConnections_Delete: forgets what was said about a source network, which thereby is not approved. */
export function deletePrivateEndpointConnection(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<ConnectionAddress, undefined, Output> {
  return defineOperation({
    id: 'PrivateEndpointConnections_Delete',
    method: 'DELETE',
    path: connectionPath,
    since: connectionsSince,
    access: 'write',
    moves: 'generation',
    parse: ({ path }) => parseConnectionAddress(path),
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/privateEndpointConnections/delete')], scope: target },
    ],
    async handle({ transaction, caller }, { vault: address, name }): Promise<Output> {
      const existing = await requireVault(its, transaction, address)
      const forgotten = findConnection(existing, name)
      if (forgotten === undefined) return { vault: existing, forgotten }
      const { tags, settings } = existing
      const left = settings.privateEndpointConnections.filter((connection) => connection !== forgotten)
      const vault = await its.vaults.update(transaction, existing.id, {
        tags,
        settings: { ...settings, privateEndpointConnections: left },
        author: authorOf(caller),
      })
      return { vault, forgotten }
    },
    respond: ({ vault, forgotten }) =>
      forgotten === undefined ? respondEmpty(204) : respondJson(200, renderConnection(vault, forgotten)),
    audit: auditTarget('Microsoft.KeyVault/vaults/privateEndpointConnections/delete'),
  })
}
