import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type { NewVaultSecret, SealedVaultSecret, VaultRecord, VaultSecretRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { requireSealedFor } from './sealed-for-vault.ts'
import {
  parseSecretDocument,
  parseVaultSecret,
  renderVaultSecret,
  type VaultSecretAddress,
  vaultSecretPath,
  vaultSecretsSince,
} from './vault-secret-wire.ts'

interface Input extends VaultSecretAddress {
  readonly given: NewVaultSecret
}

interface Output {
  readonly vault: VaultRecord
  readonly secret: VaultSecretRecord
}

/**
 * Secrets_CreateOrUpdate: a new version, sealed as one that the data plane sets; 201 when it is the first. The value is not in
 * the answer, and no operation of this surface shows it.
 */
export function putVaultSecret(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'vaultSecrets' | 'namesFor'>,
): Operation<Input, SealedVaultSecret | undefined, Output> {
  return defineOperation({
    id: 'Secrets_CreateOrUpdate',
    method: 'PUT',
    path: vaultSecretPath,
    since: vaultSecretsSince,
    access: 'write',
    parse(request): Input {
      return { ...parseVaultSecret(request.path), given: its.vaultSecrets.parseNew(parseSecretDocument(request)) }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/secrets/write')], scope: target },
    ],
    prepare: ({ tenant }, { vault, name, given }) =>
      its.vaultSecrets.seal({ tenant, vaultName: vault.name, name }, given.value),
    async handle({ transaction }, { vault: address, name, given }, prepared) {
      const vault = await requireVault(its, transaction, address)
      const sealed = requireSealedFor(vault, prepared)
      return { vault, secret: await its.vaultSecrets.set(transaction, name, { sealed, given }) }
    },
    respond: (output, request) =>
      respondJson(
        output.secret.previousVersion === undefined ? 201 : 200,
        renderVaultSecret(output, its.namesFor(request.origin)),
      ),
    audit: auditTarget('Microsoft.KeyVault/vaults/secrets/write', (_input: Input, output: Output | undefined) =>
      output === undefined ? {} : { secretVersion: output.secret.version },
    ),
  })
}
