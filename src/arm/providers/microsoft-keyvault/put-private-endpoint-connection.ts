import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody, parseShape } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import type { PrivateEndpointConnection, VaultRecord } from '../../vault-resources.ts'
import { authorOf, objectWithoutNulls, respondJson } from '../../wire.ts'
import { badRequest } from './bad-request.ts'
import {
  type ConnectionAddress,
  connectionPath,
  connectionsSince,
  isNamed,
  parseConnectionAddress,
  renderConnection,
} from './private-endpoint-connection-wire.ts'

const maximumConnections = 64
const maximumDescription = 512

const body = z.object({
  properties: z.object({
    privateLinkServiceConnectionState: z.object({ status: z.string(), description: z.string().optional() }),
  }),
})

type State = Pick<PrivateEndpointConnection, 'status' | 'description'>

interface Input extends ConnectionAddress {
  readonly state: State
}

interface Output {
  readonly vault: VaultRecord
  readonly connection: PrivateEndpointConnection
}

/**
 * PrivateEndpointConnections_Put: approves or rejects a source network by its name. An approval counts from the next call on,
 * for connections to the listener that the server's configuration gives this name, and for nobody if there is none.
 */
export function putPrivateEndpointConnection(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'PrivateEndpointConnections_Put',
    method: 'PUT',
    path: connectionPath,
    since: connectionsSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const document = parseShape(body, objectWithoutNulls(parseObjectBody(request)))
      const state = parseState(document.properties.privateLinkServiceConnectionState)
      return { ...parseConnectionAddress(request.path), state }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/privateEndpointConnections/write')], scope: target },
    ],
    async handle({ transaction, caller }, { vault: address, name, state }): Promise<Output> {
      const existing = await requireVault(its, transaction, address)
      const before = existing.settings.privateEndpointConnections
      const connection = { name: before.find((known) => isNamed(known, name))?.name ?? name, ...state }
      const connections = [...before.filter((known) => !isNamed(known, name)), connection]
      if (connections.length > maximumConnections) {
        throw badRequest(`A vault has at most ${maximumConnections} private endpoint connections.`, 'connectionName')
      }
      const vault = await its.vaults.update(transaction, existing.id, {
        tags: existing.tags,
        settings: { ...existing.settings, privateEndpointConnections: connections },
        author: authorOf(caller),
      })
      return { vault, connection }
    },
    respond: ({ vault, connection }) => respondJson(200, renderConnection(vault, connection)),
    audit: auditTarget<Input, Output>(
      'Microsoft.KeyVault/vaults/privateEndpointConnections/write',
      ({ state: { status } }) => ({ status }),
    ),
  })
}

const statuses = ['Approved', 'Pending', 'Rejected'] as const

function parseState({
  status,
  description = '',
}: {
  readonly status: string
  readonly description?: string | undefined
}): State {
  const member = 'properties.privateLinkServiceConnectionState'
  const known = statuses.find((word) => word.toLowerCase() === status.toLowerCase())
  if (known === undefined) throw invalidContent(`'${member}.status' must be one of ${statuses.join(', ')}.`, member)
  if (description.length > maximumDescription) {
    throw invalidContent(`'${member}.description' has at most ${maximumDescription} characters.`, member)
  }
  return { status: known, description }
}
