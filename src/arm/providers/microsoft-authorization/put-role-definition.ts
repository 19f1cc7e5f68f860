import { action } from '#authorization/decision.ts'
import type { RoleDefinition } from '#authorization/role-definition.ts'
import {
  type CustomRoleProperties,
  findRoleDefinition,
  parseCustomRole,
  saveCustomRole,
} from '#authorization/role-definition-store.ts'
import { parseScope, type Scope } from '#authorization/scope.ts'
import type { Guid, SubscriptionId } from '#base/ids.ts'
import { tryParseGuid } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody } from '../../body.ts'
import { authorizationFailed } from '../../dialect.ts'
import { extensionTarget, parseExtensionName, parseExtensionScope } from '../../extension-scope.ts'
import { requireSubscription } from '../../visible-subscription.ts'
import { requireCaller, respondJson } from '../../wire.ts'
import { authorizationSince } from './role-assignment-wire.ts'
import { renderRoleDefinition, roleDefinitionPath } from './role-definition-wire.ts'

interface Input {
  readonly target: Scope
  readonly scope: Scope
  readonly id: Guid
  readonly properties: CustomRoleProperties
  readonly assignableScopes: readonly Scope[]
}

interface Output {
  readonly role: RoleDefinition
  readonly asked: Scope
}

const writeRole = action('Microsoft.Authorization/roleDefinitions/write')

/**
 * RoleDefinitions_CreateOrUpdate for custom roles: 201 each time, as the SDKs expect. The caller must be allowed to write roles at every scope where the role
 * can be assigned, before and after: else who rules one scope could change what is granted in another.
 */
export const putRoleDefinition: Operation<Input, undefined, Output> = defineOperation({
  id: 'RoleDefinitions_CreateOrUpdate',
  method: 'PUT',
  path: roleDefinitionPath,
  since: authorizationSince,
  access: 'write',
  moves: 'generation',
  parse(request): Input {
    const { scope } = parseExtensionScope(request)
    const id = parseExtensionName(request, 'role definition', 'InvalidRoleDefinitionId')
    const { properties: given } = parseObjectBody(request)
    if (given === undefined)
      throw invalidContent("The request content was invalid: 'properties' is required.", 'properties')
    const properties = parseCustomRole(given)
    const assignableScopes = properties.assignableScopes.map(parseScope)
    return { target: extensionTarget(scope, 'roleDefinitions', id), scope, id, properties, assignableScopes }
  },
  requirements: (_context, { scope, assignableScopes }) => [
    { anyOf: [writeRole], scope },
    ...assignableScopes.map((assignable) => ({ anyOf: [writeRole] as const, scope: assignable })),
  ],
  async handle(context, { scope, id, properties, assignableScopes }) {
    const { transaction, caller } = context
    await requireSubscriptions(transaction, assignableScopes)
    const by = requireCaller(caller)
    const existing = await findRoleDefinition(transaction, id)
    for (const assignable of existing?.type === 'CustomRole' ? existing.assignableScopes.map(parseScope) : []) {
      if (!context.permits(writeRole, assignable)) throw authorizationFailed(by, writeRole, assignable)
    }
    const { role } = await saveCustomRole(transaction, { id, properties, by: by.principal })
    return { role, asked: scope }
  },
  respond: ({ role, asked }) => respondJson(201, renderRoleDefinition(role, asked)),
  audit: auditTarget('Microsoft.Authorization/roleDefinitions/write'),
})

async function requireSubscriptions(reader: Reader, scopes: readonly Scope[]): Promise<void> {
  const subscriptions = new Set<SubscriptionId>()
  for (const { segments } of scopes) {
    const subscription = segments[0] === 'subscriptions' ? tryParseGuid<SubscriptionId>(segments[1]) : undefined
    if (subscription === undefined) {
      throw invalidContent(
        "'properties.assignableScopes' must hold subscriptions or scopes in them.",
        'properties.assignableScopes',
      )
    }
    subscriptions.add(subscription)
  }
  for (const subscription of subscriptions) await requireSubscription(reader, subscription)
}
