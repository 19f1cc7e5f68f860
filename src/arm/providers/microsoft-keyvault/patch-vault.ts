import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { defineOperation, type Operation, type OperationRequest } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { objectWithoutNulls, respondJson } from '../../wire.ts'
import { badRequest } from './bad-request.ts'
import { parseVaultDocument } from './parse-vault.ts'
import { updateVault } from './put-vault.ts'
import { renderVault, vaultPath, vaultsSince } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly where: Pick<OperationRequest, 'path' | 'place' | 'origin'>
  /** Undefined: the tags stay. */
  readonly tags: JsonObject | undefined
  readonly properties: JsonObject
}

/**
 * Vaults_Update: what the body names is replaced, what it leaves out or sets to null stays. The result must be a vault that a
 * PUT could describe. Source: contracts/resource-manager-and-container-apps.md §1.6.
 */
export function patchVault(
  its: Pick<ResourceManagerDependencies, 'vaults' | 'namesFor'>,
): Operation<Input, undefined, VaultRecord> {
  return defineOperation({
    id: 'Vaults_Update',
    method: 'PATCH',
    path: vaultPath,
    since: vaultsSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseResource(request.path, vaultType)
      const { path, place, origin } = request
      return { target: address.scope, address, where: { path, place, origin }, ...parseChanges(request) }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.KeyVault/vaults/write')], scope: target }],
    async handle(context, { address, where, tags, properties }) {
      const existing = await requireVault(its, context.transaction, address)
      const owner = { tenant: where.place.tenant, names: its.namesFor(where.origin) }
      const document = renderVault(existing, owner)
      const desired = parseVaultDocument(where, {
        location: existing.location,
        tags: tags ?? existing.tags,
        properties: { ...(isJsonObject(document['properties']) ? document['properties'] : {}), ...properties },
      })
      return updateVault(its.vaults, context, { desired, existing })
    },
    respond: (vault, request) =>
      respondJson(200, renderVault(vault, { tenant: request.place.tenant, names: its.namesFor(request.origin) })),
    audit: auditTarget('Microsoft.KeyVault/vaults/write'),
  })
}

function parseChanges(request: OperationRequest): Pick<Input, 'tags' | 'properties'> {
  const { tags, properties = {} } = objectWithoutNulls(parseObjectBody(request))
  if (!isJsonObject(properties)) throw invalidContent("'properties' must be an object.", 'properties')
  if (tags !== undefined && !isJsonObject(tags)) throw invalidContent("'tags' must be an object.", 'tags')
  const { createMode } = properties
  if (createMode !== undefined && createMode !== 'default') {
    throw badRequest("A vault is recovered with PUT: 'createMode' must be 'default'.", 'properties.createMode')
  }
  return { tags, properties }
}
