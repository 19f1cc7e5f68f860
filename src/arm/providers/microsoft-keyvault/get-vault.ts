import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { respondJsonText } from '../../wire.ts'
import { renderVaultText, vaultPath, vaultsSince } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** Vaults_Get: the vault of this name, if it is in this subscription and group. */
export function getVault(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'namesFor'>,
): Operation<Input, undefined, VaultRecord> {
  return defineOperation({
    id: 'Vaults_Get',
    method: 'GET',
    path: vaultPath,
    since: vaultsSince,
    access: 'read',
    parse(request) {
      const address = parseResource(request.path, vaultType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.KeyVault/vaults/read')], scope: target }],
    handle: ({ transaction }, { address }) => requireVault(its, transaction, address),
    respond: (vault, request) =>
      respondJsonText(
        200,
        renderVaultText(vault, { tenant: request.place.tenant, names: its.namesFor(request.origin) }),
      ),
    audit: auditTarget('Microsoft.KeyVault/vaults/read'),
  })
}
