import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type { VaultRecord, VaultSecretRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import {
  parseVaultSecret,
  renderVaultSecret,
  secretNotFound,
  type VaultSecretAddress,
  vaultSecretPath,
  vaultSecretsSince,
} from './vault-secret-wire.ts'

interface Output {
  readonly vault: VaultRecord
  readonly secret: VaultSecretRecord
}

/** Secrets_Get: what is known of a secret's latest version besides its value. */
export function getVaultSecret(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'vaultSecrets' | 'namesFor'>,
): Operation<VaultSecretAddress, undefined, Output> {
  return defineOperation({
    id: 'Secrets_Get',
    method: 'GET',
    path: vaultSecretPath,
    since: vaultSecretsSince,
    access: 'read',
    parse: (request) => parseVaultSecret(request.path),
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/secrets/read')], scope: target },
    ],
    async handle({ transaction }, address): Promise<Output> {
      const vault = await requireVault(its, transaction, address.vault)
      const secret = await its.vaultSecrets.find(transaction, { vault: vault.id, name: address.name })
      if (secret === undefined) throw secretNotFound(address)
      return { vault, secret }
    },
    respond: (output, request) => respondJson(200, renderVaultSecret(output, its.namesFor(request.origin))),
    audit: auditTarget('Microsoft.KeyVault/vaults/secrets/read'),
  })
}
