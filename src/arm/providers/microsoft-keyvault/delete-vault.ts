import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { findVault } from '../../find-vault.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import { respondEmpty } from '../../wire.ts'
import { vaultPath, vaultsSince } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/**
 * Vaults_Delete: 200, or 204 when there was none. The vault is soft-deleted: it answers nobody any more, and can be recovered
 * with all that is in it, role assignments too, until it is purged.
 */
export function deleteVault(its: Pick<ResourceManagerDependencies, 'vaults'>): Operation<Input, undefined, boolean> {
  return defineOperation({
    id: 'Vaults_Delete',
    method: 'DELETE',
    path: vaultPath,
    since: vaultsSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseResource(request.path, vaultType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.KeyVault/vaults/delete')], scope: target }],
    async handle({ transaction }, { address }) {
      const vault = await findVault(its, transaction, address)
      if (vault === undefined) return false
      await its.vaults.delete(transaction, vault)
      return true
    },
    respond: (deleted) => respondEmpty(deleted ? 200 : 204),
    audit: auditTarget('Microsoft.KeyVault/vaults/delete'),
  })
}
