import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { formatResourceId, parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { respondJson } from '../../wire.ts'
import { connectionsSince } from './private-endpoint-connection-wire.ts'
import { vaultPath } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

const resourcesType = `${vaultType}/privateLinkResources`
/** The one thing of a vault that a private endpoint can lead to: its data plane. */
const group = 'vault'

/** PrivateLinkResources_ListByVault: what of a vault can be reached through a private endpoint. */
export function listPrivateLinkResources(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, VaultRecord> {
  return defineOperation({
    id: 'PrivateLinkResources_ListByVault',
    method: 'GET',
    path: `${vaultPath}/privateLinkResources`,
    since: connectionsSince,
    access: 'read',
    parse({ path }): Input {
      const address = parseResource(path, vaultType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/privateLinkResources/read')], scope: target },
    ],
    handle: ({ transaction }, { address }) => requireVault(its, transaction, address),
    respond: ({ address }) =>
      respondJson(200, {
        value: [
          {
            id: `${formatResourceId(address, vaultType)}/privateLinkResources/${group}`,
            name: group,
            type: resourcesType,
            properties: {
              groupId: group,
              requiredMembers: ['default'],
              requiredZoneNames: ['privatelink.vaultcore.azure.net'],
            },
          },
        ],
      }),
    audit: auditTarget('Microsoft.KeyVault/vaults/privateLinkResources/read'),
  })
}
