import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditList } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { nextLink, type PageRequest, parsePage } from '../../paging.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { ListPosition } from '../../tracked-resource.ts'
import type { VaultRecord, VaultSecretRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { renderVaultSecret, vaultSecretsSince } from './vault-secret-wire.ts'
import { vaultPath } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly page: PageRequest
}

interface Output {
  readonly vault: VaultRecord
  readonly rows: readonly VaultSecretRecord[]
  readonly next: ListPosition | undefined
  readonly path: string
}

/** Secrets_List: what is known of the latest version of each secret in a vault besides its value. */
export function listVaultSecrets(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'vaultSecrets' | 'namesFor'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'Secrets_List',
    method: 'GET',
    path: `${vaultPath}/secrets`,
    since: vaultSecretsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, vaultType)
      return { target: address.scope, address, page: parsePage(request) }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/secrets/read')], scope: target },
    ],
    async handle({ transaction }, { target, address, page }): Promise<Output> {
      const vault = await requireVault(its, transaction, address)
      const { items, lastKey } = await its.vaultSecrets.list(transaction, vault.id, {
        after: page.after?.name ?? '',
        size: page.size,
      })
      const next = lastKey === undefined ? undefined : { resourceGroup: '', name: lastKey }
      return { vault, rows: items, next, path: `${target.path}/secrets` }
    },
    respond({ vault, rows, next, path }, request) {
      const names = its.namesFor(request.origin)
      const value = rows.map((secret) => renderVaultSecret({ vault, secret }, names))
      return respondJson(200, { value, nextLink: nextLink(request, path, next) })
    },
    audit: auditList('Microsoft.KeyVault/vaults/secrets/read'),
  })
}
