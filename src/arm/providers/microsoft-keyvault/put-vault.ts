import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { canonicalName } from '#base/ids.ts'
import { defineOperation, type Operation, type OperationContext } from '#operation/operation.ts'
import type { Writer } from '#storage/database.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireGroup } from '../../resource-group-store.ts'
import type { VaultRecord, VaultResources } from '../../vault-resources.ts'
import { authorOf, respondJson } from '../../wire.ts'
import { badRequest } from './bad-request.ts'
import { type DesiredVault, parseVault } from './parse-vault.ts'
import { takenVaultName } from './vault-name-texts.ts'
import { changedVaultSettings, newVaultSettings } from './vault-settings.ts'
import { renderVault, vaultPath, vaultsSince } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly desired: DesiredVault
}

interface Output {
  readonly created: boolean
  readonly vault: VaultRecord
}

const defaultRetentionDays = 90

/** Vaults_CreateOrUpdate: 201 for a new vault, 200 for a changed one; both at once with `provisioningState` Succeeded. */
export function putVault(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'namesFor'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'Vaults_CreateOrUpdate',
    method: 'PUT',
    path: vaultPath,
    since: vaultsSince,
    access: 'write',
    moves: 'generation',
    parse(request) {
      const desired = parseVault(request)
      return { target: desired.address.scope, desired }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.KeyVault/vaults/write')], scope: target }],
    async handle(context, { desired }) {
      const { transaction } = context
      const group = await requireGroup(transaction, desired.address)
      const existing = await its.vaults.findByName(transaction, desired.name)
      if (desired.createMode === 'recover') {
        return { created: false, vault: await recoverVault(its.vaults, context, { desired, existing }) }
      }
      if (existing === undefined) {
        return { created: true, vault: await createVault(its.vaults, context, { desired, resourceGroup: group.name }) }
      }
      return { created: false, vault: await updateVault(its.vaults, context, { desired, existing }) }
    },
    respond: ({ created, vault }, request) =>
      respondJson(
        created ? 201 : 200,
        renderVault(vault, { tenant: request.place.tenant, names: its.namesFor(request.origin) }),
      ),
    audit: auditTarget('Microsoft.KeyVault/vaults/write'),
  })
}

async function createVault(
  vaults: VaultResources,
  { transaction, caller, request }: OperationContext<Writer>,
  { desired, resourceGroup }: { readonly desired: DesiredVault; readonly resourceGroup: string },
): Promise<VaultRecord> {
  const vault = await vaults.create(transaction, {
    address: { subscription: desired.address.subscription, resourceGroup, name: desired.address.name },
    location: desired.location,
    tags: desired.tags,
    settings: newVaultSettings(desired.settings, request.apiVersion),
    retentionDays: desired.retentionDays ?? defaultRetentionDays,
    author: authorOf(caller),
  })
  if (vault === undefined) throw nameTaken(desired)
  return vault
}

/**
 * The deleted vault of this name, as it was: with its settings, tags, secrets and role assignments. It goes back to the group
 * that it was in. Throws `malformed` `SoftDeletedVaultDoesNotExist`.
 */
function recoverVault(
  vaults: VaultResources,
  { transaction, caller }: OperationContext<Writer>,
  { desired, existing }: { readonly desired: DesiredVault; readonly existing: VaultRecord | undefined },
): Promise<VaultRecord> {
  if (existing?.state !== 'deleted' || !isAt(existing, desired)) {
    throw new ServiceError(
      'malformed',
      'SoftDeletedVaultDoesNotExist',
      'A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted to recover is in a recoverable state.',
    )
  }
  refuseOtherLocation(existing, desired)
  return vaults.recover(transaction, existing.id, authorOf(caller))
}

/**
 * Rules of what cannot change, then the changed settings over those that the vault has. Throws `conflict`
 * `VaultAlreadyExists`, `ConflictError` or `InvalidResourceLocation`, and `malformed` `BadRequest`, `forbidden` `AuthorizationFailed`.
 */
export function updateVault(
  vaults: VaultResources,
  context: OperationContext<Writer>,
  { desired, existing }: { readonly desired: DesiredVault; readonly existing: VaultRecord },
): Promise<VaultRecord> {
  const { transaction, caller } = context
  if (existing.state === 'deleted' && existing.address.subscription === desired.address.subscription) {
    throw new ServiceError(
      'conflict',
      'ConflictError',
      'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.',
    )
  }
  if (existing.state === 'deleted' || !isAt(existing, desired)) throw nameTaken(desired)
  refuseOtherLocation(existing, desired)
  if (desired.retentionDays !== undefined && desired.retentionDays !== existing.retentionDays) {
    throw badRequest(
      'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
      'properties.softDeleteRetentionInDays',
    )
  }
  return vaults.update(transaction, existing.id, {
    tags: desired.tags,
    settings: changedVaultSettings(context, { desired: desired.settings, existing }),
    author: authorOf(caller),
  })
}

function isAt({ address }: VaultRecord, desired: DesiredVault): boolean {
  const { subscription, resourceGroup } = desired.address
  return address.subscription === subscription && canonicalName(address.resourceGroup) === canonicalName(resourceGroup)
}

function refuseOtherLocation({ address, location }: VaultRecord, desired: DesiredVault): void {
  if (location === desired.location) return
  throw new ServiceError(
    'conflict',
    'InvalidResourceLocation',
    `The resource '${address.name}' already exists in location '${location}' in resource group '${address.resourceGroup}'. A resource with the same name cannot be created in location '${desired.location}'. Please select a new resource name.`,
  )
}

function nameTaken({ address }: DesiredVault): ServiceError {
  return new ServiceError('conflict', 'VaultAlreadyExists', takenVaultName(address.name), { target: 'name' })
}
