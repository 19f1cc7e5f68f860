import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody, parseShape } from '../../body.ts'
import type { WorkspaceRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { requireGroup } from '../../resource-group-store.ts'
import type { TypedResourceAddress } from '../../resource-id.ts'
import type { Tags } from '../../tracked-resource.ts'
import { authorOf, objectWithoutNulls, parseTags, respondJson } from '../../wire.ts'
import { parseWorkspaceAddress, renderWorkspace, workspacePath, workspacesSince } from './workspace-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly location: string
  readonly tags: Tags
  readonly properties: JsonObject
}

interface Output {
  readonly created: boolean
  readonly workspace: WorkspaceRecord
}

const body = z.object({
  tags: z.unknown().optional(),
  properties: z
    .object({
      sku: z.object({ name: z.string().min(1) }).optional(),
      retentionInDays: z.int().min(1).max(4383).optional(),
    })
    .optional(),
})

const defaultSku = 'PerGB2018'
const defaultRetentionDays = 30

/** Workspaces_CreateOrUpdate: a name, an id and keys for an environment to be pointed at. It holds no logs. */
export function putWorkspace(
  its: Pick<ResourceManagerDependencies, 'workspaces' | 'sealerOf'>,
): Operation<Input, DomainSealer, Output> {
  return defineOperation({
    id: 'Workspaces_CreateOrUpdate',
    method: 'PUT',
    path: workspacePath,
    since: workspacesSince,
    access: 'write',
    parse(request): Input {
      const address = parseWorkspaceAddress(request)
      const given = parseObjectBody(request)
      const { tags, properties } = parseShape(body, objectWithoutNulls(given))
      return {
        target: address.scope,
        address,
        location: parseLocation(given['location']),
        tags: parseTags(tags),
        properties: {
          sku: { name: properties?.sku?.name ?? defaultSku },
          retentionInDays: properties?.retentionInDays ?? defaultRetentionDays,
        },
      }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.OperationalInsights/workspaces/write')], scope: target },
    ],
    prepare: ({ tenant }) => its.sealerOf(tenant),
    async handle({ transaction, caller }, { address, location, tags, properties }, sealer) {
      const group = await requireGroup(transaction, address)
      const desired = {
        address: { subscription: address.subscription, resourceGroup: group.name, name: address.name },
        location,
        tags,
        properties,
        author: authorOf(caller),
      }
      return its.workspaces.save(transaction, desired, sealer)
    },
    respond: ({ created, workspace }) => respondJson(created ? 201 : 200, renderWorkspace(workspace)),
    audit: auditTarget('Microsoft.OperationalInsights/workspaces/write'),
  })
}
