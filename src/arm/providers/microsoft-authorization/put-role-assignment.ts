import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import { type SavedRoleAssignment, saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import type { Scope } from '#authorization/scope.ts'
import { type Guid, type PrincipalId, parseGuid } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody, parseShape } from '../../body.ts'
import { requireExistingScope } from '../../existing-scope.ts'
import { type ExtensionScope, extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import type { KindResources } from '../../resource-kinds.ts'
import { requireCaller, respondJson } from '../../wire.ts'
import { attributesOfRequest } from './assignment-attributes.ts'
import { authorizationSince, renderRoleAssignment, roleAssignmentPath } from './role-assignment-wire.ts'

const body = z.object({
  properties: z.object({
    roleDefinitionId: z.string(),
    principalId: z.string(),
    principalType: z.string().nullish(),
    description: z.string().nullish(),
    condition: z.string().nullish(),
    conditionVersion: z.string().nullish(),
    delegatedManagedIdentityResourceId: z.string().nullish(),
  }),
})

interface Input extends ExtensionScope {
  readonly target: Scope
  readonly id: Guid
  readonly principalId: PrincipalId
  readonly properties: z.infer<typeof body>['properties']
}

interface Output extends SavedRoleAssignment {
  readonly asked: Scope
}

/**
 * RoleAssignments_Create. Only who may write role assignments at the scope may make one there; a role with a
 * condition may limit which.
 * Source: contracts/resource-manager-and-container-apps.md §4.2.
 */
export function putRoleAssignment(its: KindResources): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'RoleAssignments_Create',
    method: 'PUT',
    path: roleAssignmentPath,
    since: authorizationSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const place = parseExtensionScope(request)
      const id = parseExtensionName(request, 'role assignment', 'InvalidRoleAssignmentId')
      const { properties } = parseShape(body, parseObjectBody(request))
      const principalId = parseGuid<PrincipalId>(properties.principalId, 'principalId', 'InvalidPrincipalId')
      return { ...place, target: extensionTarget(place.scope, 'roleAssignments', id), id, principalId, properties }
    },
    requirements: (_context, { scope, principalId, properties }) => [
      {
        anyOf: [action('Microsoft.Authorization/roleAssignments/write')],
        scope,
        attributes: (reader) => attributesOfRequest(reader, { ...properties, principalId }),
      },
    ],
    async handle({ transaction, caller }, { scope, written, id, principalId, properties }) {
      await requireExistingScope(its, transaction, scope)
      const by = requireCaller(caller).principal
      const saved = await saveRoleAssignment(transaction, {
        ...properties,
        id,
        scope,
        writtenScope: written,
        principalId,
        by,
      })
      return { ...saved, asked: scope }
    },
    respond: ({ outcome, assignment, asked }) =>
      respondJson(outcome === 'created' ? 201 : 200, renderRoleAssignment(assignment, asked)),
    audit: auditTarget(
      'Microsoft.Authorization/roleAssignments/write',
      ({ principalId }: Input, output: Output | undefined) => ({
        principalId,
        ...(output === undefined ? {} : { roleDefinitionId: output.assignment.roleDefinitionId }),
      }),
    ),
  })
}
