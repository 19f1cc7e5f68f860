import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { formatResultPath, respondAccepted } from '../../operation-result.ts'
import { insertSucceeded } from '../../operation-status-store.ts'
import { type DeletedVaultAddress, deletedVaultNotFound, requireDeletedVault } from './deleted-vault.ts'
import { deletedVaultPath, deletedVaultsSince, parseDeletedVault } from './deleted-vault-wire.ts'
import { vaultResults } from './get-operation-result.ts'
import { purgeVault } from './purge-vault.ts'

interface Input {
  readonly target: Scope
  readonly address: DeletedVaultAddress
}

type Its = Pick<ResourceManagerDependencies, 'vaults'>

const purge = action('Microsoft.KeyVault/locations/deletedVaults/purge/action')

/**
 * Vaults_PurgeDeleted: 202 and the place of the outcome, which is settled already. Throws `method-not-allowed`
 * `MethodNotAllowed` for a vault with purge protection, and `not-found` `DeletedVaultNotFound`.
 */
export function purgeDeletedVault(its: Its): Operation<Input, undefined, string> {
  return defineOperation({
    id: 'Vaults_PurgeDeleted',
    method: 'POST',
    path: `${deletedVaultPath}/purge`,
    since: deletedVaultsSince,
    access: 'write',
    moves: 'generation',
    parse: (request): Input => parseDeletedVault(request.path),
    requirements: (_context, { target }) => [{ anyOf: [purge], scope: target }],
    async handle({ transaction }, { address }) {
      const vault = await requireDeletedVault(its, transaction, address)
      if (vault.settings.purgeProtection) {
        throw new ServiceError(
          'method-not-allowed',
          'MethodNotAllowed',
          "Operation 'DeletedVaultPurge' is not allowed.",
        )
      }
      await purgeVault(its, transaction, vault)
      return formatResultPath(vaultResults, { ...address, operationId: await insertSucceeded(transaction, address) })
    },
    respond: (path, request) => respondAccepted(path, request),
    audit: auditTarget('Microsoft.KeyVault/locations/deletedVaults/purge/action'),
  })
}

/**
 * What the schedule runs: the purge of one vault whose time has come, protected or not. It has no route. Throws `not-found`
 * `DeletedVaultNotFound` when the vault was recovered or purged meanwhile.
 */
export function purgeDueVault(its: Its): Operation<Input, undefined, undefined> {
  return defineOperation({
    id: 'Vaults_PurgeScheduled',
    method: 'POST',
    path: `${deletedVaultPath}/purge`,
    since: deletedVaultsSince,
    access: 'write',
    moves: 'generation',
    parse: (request): Input => parseDeletedVault(request.path),
    requirements: (_context, { target }) => [{ anyOf: [purge], scope: target }],
    async handle({ transaction }, { address }) {
      const vault = await requireDeletedVault(its, transaction, address)
      if (vault.deletion.scheduledPurgeAt > transaction.now) throw deletedVaultNotFound(address.name)
      await purgeVault(its, transaction, vault)
      return undefined
    },
    respond: () => ({ status: 200 }),
    audit: auditTarget('Microsoft.KeyVault/locations/deletedVaults/purge/action'),
  })
}
