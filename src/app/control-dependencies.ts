import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import { parseScope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type ClientId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { ControlDependencies, Operator } from '#control/dependencies.ts'
import { addClientSecret } from '#directory/client-secret-store.ts'
import type { Directory, HomeTenant } from '#directory/directory.ts'
import { createServicePrincipal } from '#directory/principal-store.ts'
import type { Writer } from '#storage/database.ts'

/** The application that az signs in with; the operator's tokens name it as their client. Wire: cannot change. */
const azureCliClientId = trustGuid<ClientId>('04b07795-8ddb-461a-bbee-02f9e1bf7b46')
const secretLifetimeDays = 365
const dayMilliseconds = 86_400_000

/** The operator as `control` knows it. Throws `internal` / `OperatorMissing` when the user was deleted. */
export function operatorOf(home: HomeTenant): Operator {
  const { operator } = home
  if (operator === undefined || operator.userPrincipalName === undefined) {
    throw new ServiceError(
      'internal',
      'OperatorMissing',
      'The operator of this installation was deleted from its directory.',
    )
  }
  return { principalId: operator.id, clientId: azureCliClientId, userPrincipalName: operator.userPrincipalName }
}

/** First credentials: an application with one client secret, made in the caller's transaction. */
export function createApplications(directory: Directory): ControlDependencies['applications'] {
  return {
    prepareSecret: () => directory.prepareClientSecret(),
    async create(writer, displayName, secret) {
      const principal = await createServicePrincipal(writer, { displayName })
      if (principal.clientId === undefined)
        throw new ServiceError('internal', 'InternalError', 'The new service principal has no client id.')
      const expiresAt = new Date(writer.now.getTime() + secretLifetimeDays * dayMilliseconds)
      await addClientSecret(writer, {
        clientId: principal.clientId,
        prepared: secret,
        startsAt: writer.now,
        endsAt: expiresAt,
      })
      return {
        clientId: principal.clientId,
        principalId: principal.id,
        displayName,
        clientSecret: secret.text,
        expiresAt,
      }
    },
  }
}

/** Recovery: makes the operator Owner of the subscription; the id of the assignment, also when it was there. */
export async function grantOwner(writer: Writer, home: HomeTenant): Promise<string> {
  const operator = operatorOf(home)
  const writtenScope = `/subscriptions/${home.subscription.id}`
  const roleDefinitionId = `${writtenScope}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.owner}`
  const existing = await writer.kysely
    .selectFrom('role_assignment')
    .select('id')
    .where('tenant_id', '=', writer.tenant)
    .where('scope_canonical', '=', parseScope(writtenScope).path)
    .where('role_definition_id', '=', builtInRoleIds.owner)
    .where('principal_id', '=', operator.principalId)
    .executeTakeFirst()
  if (existing !== undefined) return existing.id
  const saved = await saveRoleAssignment(writer, {
    id: randomGuid(),
    scope: parseScope(writtenScope),
    writtenScope,
    roleDefinitionId,
    principalId: operator.principalId,
    principalType: 'User',
    by: operator.principalId,
  })
  return saved.assignment.id
}
