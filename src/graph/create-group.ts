import { z } from 'zod'
import type { TenantId } from '#base/ids.ts'
import { createGroup as insertGroup, type NewGroup, type Principal } from '#directory/principal-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditGraph } from './audit-rule.ts'
import { parseBody } from './body.ts'
import type { GraphDependencies } from './dependencies.ts'
import { requireGroupAdministration } from './group-administration.ts'
import { renderObject, respondObject } from './wire.ts'

/** Mail-enabled and dynamic groups, owners and first members are refused: what is stored is what is enforced. */
const body = z.strictObject({
  displayName: z.string().min(1).max(256),
  mailNickname: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x21-\x7e]+$/)
    .regex(/^[^@()\\[\]";:<>,]+$/),
  description: z.string().max(1024).nullish(),
  mailEnabled: z.literal(false),
  securityEnabled: z.literal(true),
  groupTypes: z.array(z.string()).max(0).nullish(),
})

interface Output {
  readonly group: Principal
  readonly tenant: TenantId
}

/** Makes an empty security group. Names need not be unique, as in Entra. */
export function createGroup(its: GraphDependencies): Operation<NewGroup, undefined, Output> {
  return defineOperation({
    id: 'createGroup',
    method: 'POST',
    path: '/v1.0/groups',
    since: '',
    access: 'write',
    moves: 'generation',
    parse(request): NewGroup {
      const { displayName, mailNickname, description } = parseBody(request, body)
      const isDescribed = description !== undefined && description !== null && description !== ''
      return { displayName, mailNickname, ...(isDescribed ? { description } : {}) }
    },
    requirements: () => requireGroupAdministration(its),
    handle: async ({ transaction, tenant }, group): Promise<Output> => ({
      group: await insertGroup(transaction, group),
      tenant,
    }),
    respond: ({ group, tenant }, request) => respondObject(201, 'groups/$entity', renderObject(group, tenant), request),
    audit: auditGraph('Microsoft.Graph/groups/create', {
      path: () => '/v1.0/groups',
      properties: ({ displayName }: NewGroup, output: Output | undefined) => ({
        displayName,
        ...(output === undefined ? {} : { groupId: output.group.id }),
      }),
    }),
  })
}
