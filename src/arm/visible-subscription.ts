import { action } from '#authorization/decision.ts'
import { listRoleAssignments } from '#authorization/role-assignment-store.ts'
import { childScope, coversScope, rootScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid, PrincipalId, SubscriptionId } from '#base/ids.ts'
import { findSubscription, type Subscription } from '#directory/tenant-store.ts'
import type { OperationContext } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { requireGroup } from './resource-group-store.ts'
import type { GroupAddress } from './resource-id.ts'

const readGroup = action('Microsoft.Resources/subscriptions/resourceGroups/read')
const readSubscription = action('Microsoft.Resources/subscriptions/read')

/**
 * Whether the caller may know of a subscription: it may read it, or has a role somewhere in it, as an app's identity with a
 * role on one vault has.
 */
export async function isVisibleSubscription(context: OperationContext<Reader>, id: SubscriptionId): Promise<boolean> {
  const scope = childScope(rootScope, 'subscriptions', id)
  if (context.permits(readSubscription, scope)) return true
  if (context.caller === undefined) return false
  return hasAssignmentWithin(context.transaction, context.caller.principal, scope)
}

const assignmentsAtOnce = 200

async function hasAssignmentWithin(reader: Reader, principal: PrincipalId, scope: Scope): Promise<boolean> {
  const filter = { atScope: false, principalId: undefined, assignedTo: principal }
  for (let after: Guid | undefined; ; ) {
    const page = await listRoleAssignments(reader, { scope, filter, limit: assignmentsAtOnce, after })
    if (page.assignments.some((assignment) => coversScope(scope, assignment.canonicalScope))) return true
    if (page.next === undefined) return false
    after = page.next
  }
}

/** The subscription, if the caller may know of it. Throws `not-found` `SubscriptionNotFound`. */
export async function requireVisibleSubscription(
  context: OperationContext<Reader>,
  id: SubscriptionId,
): Promise<Subscription> {
  const subscription = await requireSubscription(context.transaction, id)
  if (await isVisibleSubscription(context, id)) return subscription
  throw subscriptionNotFound(id)
}

/**
 * Refuses a group that does not exist, to a caller that may know. Who may not is not told: it finds nothing in a group that
 * exists either. Throws `not-found` `ResourceGroupNotFound`.
 */
export async function requireVisibleGroup(context: OperationContext<Reader>, group: GroupAddress): Promise<void> {
  if (context.permits(readGroup, group.scope)) await requireGroup(context.transaction, group)
}

/** The reader's subscription of this id. Throws `not-found` `SubscriptionNotFound`. */
export async function requireSubscription(reader: Reader, id: SubscriptionId): Promise<Subscription> {
  const subscription = await findSubscription(reader.kysely, reader.tenant, id)
  if (subscription === undefined) throw subscriptionNotFound(id)
  return subscription
}

function subscriptionNotFound(id: SubscriptionId): ServiceError {
  return new ServiceError('not-found', 'SubscriptionNotFound', `The subscription '${id}' could not be found.`)
}
