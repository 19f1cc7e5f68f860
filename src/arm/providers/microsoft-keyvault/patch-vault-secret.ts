import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type {
  NewVaultSecret,
  SealedVaultSecret,
  VaultRecord,
  VaultSecretChanges,
  VaultSecretRecord,
} from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { requireSealedFor } from './sealed-for-vault.ts'
import {
  parseSecretDocument,
  parseVaultSecret,
  renderVaultSecret,
  secretNotFound,
  type VaultSecretAddress,
  vaultSecretPath,
  vaultSecretsSince,
} from './vault-secret-wire.ts'

interface Input {
  readonly target: VaultSecretAddress['target']
  readonly address: VaultSecretAddress
  /** With a value it is a new version; without one the latest changes. */
  readonly asked:
    | { readonly kind: 'version'; readonly given: NewVaultSecret }
    | { readonly kind: 'metadata'; readonly changes: VaultSecretChanges }
}

interface Output {
  readonly vault: VaultRecord
  readonly secret: VaultSecretRecord
}

/**
 * Secrets_Update: what the body leaves out stays; with a value, a new version takes it over. Throws `not-found`
 * `ResourceNotFound`.
 */
export function patchVaultSecret(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'vaultSecrets' | 'namesFor'>,
): Operation<Input, SealedVaultSecret | undefined, Output> {
  return defineOperation({
    id: 'Secrets_Update',
    method: 'PATCH',
    path: vaultSecretPath,
    since: vaultSecretsSince,
    access: 'write',
    parse(request): Input {
      const address = parseVaultSecret(request.path)
      const document = parseSecretDocument(request)
      const asked: Input['asked'] =
        document['value'] === undefined
          ? { kind: 'metadata', changes: its.vaultSecrets.parseChanges(document) }
          : { kind: 'version', given: its.vaultSecrets.parseNew(document) }
      return { target: address.target, address, asked }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/secrets/write')], scope: target },
    ],
    prepare: ({ tenant }, { address, asked }) =>
      asked.kind === 'metadata'
        ? undefined
        : its.vaultSecrets.seal({ tenant, vaultName: address.vault.name, name: address.name }, asked.given.value),
    async handle({ transaction }, { address, asked }, prepared) {
      const { name } = address
      const vault = await requireVault(its, transaction, address.vault)
      const secret =
        asked.kind === 'metadata'
          ? await its.vaultSecrets.update(transaction, { vault: vault.id, name }, asked.changes)
          : await its.vaultSecrets.replace(transaction, name, {
              sealed: requireSealedFor(vault, prepared),
              given: asked.given,
            })
      if (secret === undefined) throw secretNotFound(address)
      return { vault, secret }
    },
    respond: (output, request) => respondJson(200, renderVaultSecret(output, its.namesFor(request.origin))),
    audit: auditTarget('Microsoft.KeyVault/vaults/secrets/write', (_input: Input, output: Output | undefined) =>
      output === undefined ? {} : { secretVersion: output.secret.version },
    ),
  })
}
