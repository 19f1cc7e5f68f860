import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { type DeletedVaultAddress, requireDeletedVault } from './deleted-vault.ts'
import { deletedVaultPath, deletedVaultsSince, parseDeletedVault, renderDeletedVault } from './deleted-vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: DeletedVaultAddress
}

/** Vaults_GetDeleted. */
export function getDeletedVault(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, VaultRecord> {
  return defineOperation({
    id: 'Vaults_GetDeleted',
    method: 'GET',
    path: deletedVaultPath,
    since: deletedVaultsSince,
    access: 'read',
    parse: (request): Input => parseDeletedVault(request.path),
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/locations/deletedVaults/read')], scope: target },
    ],
    handle: ({ transaction }, { address }) => requireDeletedVault(its, transaction, address),
    respond: (vault) => respondJson(200, renderDeletedVault(vault)),
    audit: auditTarget('Microsoft.KeyVault/locations/deletedVaults/read'),
  })
}
