import type { Action } from '#authorization/decision.ts'
import { parseScope, type Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type SubscriptionId, tryParseGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Operation, OperationContext, OperationRequest, Requirements } from '#operation/operation.ts'
import type { Reader, Writer } from '#storage/database.ts'
import { insertActivity } from './activity-store.ts'
import { findBlockingScopes } from './lock-store.ts'
import { requireRegistration } from './provider-registration-store.ts'
import { findNamespace } from './resource-types.ts'
import { requireSubscription } from './visible-subscription.ts'
import { requireCaller } from './wire.ts'

type Restricted = Extract<Operation, { readonly open?: never }>

/** An operation's own input and the request it came from, whose target is what the audit record names. */
interface Guarded {
  readonly input: unknown
  readonly request: OperationRequest
}

/**
 * An operation behind what stands before every resource of the control plane, checked in the call's own transaction and so
 * exactly as fresh as its decision: the subscription exists, the namespace is registered for it, no lock stands against
 * the call; and what was written is in the activity log.
 *
 * Adds `not-found` `SubscriptionNotFound`, `conflict` `MissingSubscriptionRegistration` and `conflict` `ScopeLocked`.
 */
export function guardOperation(operation: Operation): Operation {
  if (operation.open !== undefined) return operation
  const { audit } = operation
  const guarded = {
    ...operation,
    parse: (request: OperationRequest): Guarded => ({ input: operation.parse(request), request }),
    requirements: (context: Parameters<Restricted['requirements']>[0], { input }: Guarded) =>
      operation.requirements(context, input),
    audit: {
      ...audit,
      view: (guardedInput: Guarded, request: OperationRequest, output: unknown) =>
        audit.view(guardedInput.input, request, output),
    },
    ...(operation.prepare === undefined ? {} : { prepare: prepareOf(operation) }),
  }
  if (operation.access === 'read') {
    const read: Operation<Guarded, unknown, unknown> = {
      ...guarded,
      access: 'read',
      async handle(context, { input, request }, prepared) {
        await checkRead(operation, context, { input, request })
        return operation.handle(context, input, prepared)
      },
      ...(operation.takeBack === undefined ? {} : { takeBack: operation.takeBack.bind(operation) }),
    }
    return read
  }
  const write: Operation<Guarded, unknown, unknown> = {
    ...guarded,
    access: 'write',
    async handle(context, { input, request }, prepared) {
      const target = targetOf(operation, { input, request })
      const required = await operation.requirements(context, input)
      await checkWrite(operation, context, { target, required })
      const output = await operation.handle(context, input, prepared)
      const { status } = operation.respond(output, request)
      await recordActivity(operation, context, { target, required, status })
      return output
    },
  }
  return write
}

function prepareOf(operation: Restricted): NonNullable<Operation<Guarded>['prepare']> {
  return (context, { input }) => operation.prepare?.(context, input)
}

/** The resource that a call is about. */
function targetOf(operation: Restricted, { input, request }: Guarded): Scope {
  const { resource } = operation.audit.view(input, request, undefined)
  return resource === undefined ? request.place.scope : parseScope(resource)
}

/** A list of a subscription that does not exist is not empty; a POST such as `listSecrets` is more than reading. */
async function checkRead(operation: Restricted, context: OperationContext<Reader>, guarded: Guarded): Promise<void> {
  if (context.decision === undefined) await requireSubscriptionOf(context, targetOf(operation, guarded))
  if (operation.method === 'GET' || operation.method === 'HEAD') return
  const required = await operation.requirements(context, guarded.input)
  await requireUnlocked(context.transaction, targetOf(operation, guarded), verbOf(operation, required))
}

async function requireSubscriptionOf(context: OperationContext<Reader>, target: Scope): Promise<void> {
  const subscription = subscriptionOf(target)
  if (subscription !== undefined) await requireSubscription(context.transaction, subscription)
}

interface Guardable {
  readonly target: Scope
  readonly required: Requirements
}

async function checkWrite(
  operation: Restricted,
  context: OperationContext<Writer>,
  { target, required }: Guardable,
): Promise<void> {
  const { transaction } = context
  await requireUnlocked(transaction, target, verbOf(operation, required))
  const subscription = subscriptionOf(target)
  const namespace = namespaceOf(target)
  // What is there can be deleted whatever the registration.
  if (subscription === undefined || namespace === undefined || operation.method === 'DELETE') return
  await requireRegistration(transaction, { subscription, namespace })
}

type Verb = 'read' | 'write' | 'delete'

/** What a call does to its target, by the permission it needs; locks can always be given and taken. */
function verbOf(operation: Restricted, required: Requirements): Verb {
  const name = firstAction(required)?.name.toLowerCase()
  if (name === undefined) return operation.method === 'DELETE' ? 'delete' : 'write'
  if (name.startsWith('microsoft.authorization/locks/') || name.endsWith('/read')) return 'read'
  return name.endsWith('/delete') ? 'delete' : 'write'
}

function firstAction(required: Requirements): Action | undefined {
  return required === 'filtered' ? undefined : required[0].anyOf[0]
}

/** Throws `conflict` `ScopeLocked` where a lock stands against it. */
async function requireUnlocked(reader: Reader, target: Scope, verb: Verb): Promise<void> {
  if (verb === 'read' || target.segments[0] !== 'subscriptions') return
  const locked = await findBlockingScopes(reader, target, verb)
  if (locked.length === 0) return
  const scopes = locked.map((scope) => `'${scope}'`).join(', ')
  throw new ServiceError(
    'conflict',
    'ScopeLocked',
    `The scope '${target.path}' cannot perform ${verb} operation because following scope(s) are locked: ${scopes}. Please remove the lock and try again.`,
  )
}

/** Kept with the write itself, so that both are there or neither; failures are in the audit log alone. */
async function recordActivity(
  operation: Restricted,
  { transaction, caller, decision, request }: OperationContext<Writer>,
  { target, required, status }: Guardable & { readonly status: number },
): Promise<void> {
  const subscription = subscriptionOf(target)
  if (subscription === undefined) return
  const { principal, clientId, kind, displayName } = requireCaller(caller)
  const { facts } = request
  await insertActivity(transaction, {
    id: randomGuid(),
    subscription,
    at: transaction.now,
    resource: target,
    operationName: operation.audit.operationName,
    action: decision?.action.name ?? firstAction(required)?.name ?? operation.audit.operationName,
    authorizedScope: decision?.scope.path ?? target.path,
    method: operation.method,
    status,
    caller: kind === 'user' ? (displayName ?? principal) : principal,
    principal,
    clientId,
    clientAddress: facts.clientAddress,
    correlationId: facts.requestId,
    clientRequestId: facts.clientRequestId,
  })
}

function subscriptionOf({ segments }: Scope): SubscriptionId | undefined {
  return segments[0] === 'subscriptions' ? tryParseGuid<SubscriptionId>(segments[1]) : undefined
}

/** The namespace of the innermost resource, in Azure's spelling; undefined where there is none, or none of ours. */
function namespaceOf({ segments }: Scope): string | undefined {
  const at = segments.lastIndexOf('providers')
  if (at === -1 || segments[at + 2] === undefined) return undefined
  return findNamespace(segments[at + 1] ?? '')
}
