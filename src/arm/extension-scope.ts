import { childScope, parseScope, type Scope, trimSlashes } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { type Guid, tryParseGuid } from '#base/ids.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { invalidSubscriptionId } from './resource-id.ts'

/** The scope before `/providers/…` of an extension resource, and its text as the caller wrote it, with a leading slash. */
export interface ExtensionScope {
  readonly scope: Scope
  readonly written: string
}

const printableAscii = /^[\x20-\x7e]*$/

/**
 * The scope that `{scope...}` stands for; the tenant root when it is empty. Throws `malformed` `InvalidScope` or
 * `InvalidSubscriptionId`. Only ASCII is accepted, so that two spellings of one scope differ in letter case alone.
 */
export function parseExtensionScope(request: OperationRequest): ExtensionScope {
  const text = request.path['scope'] ?? ''
  if (!printableAscii.test(text)) {
    throw new ServiceError('malformed', 'InvalidScope', 'The scope holds characters that are not allowed.', {
      target: 'scope',
    })
  }
  const scope = parseScope(text)
  const [kind, subscription] = scope.segments
  if (kind === 'subscriptions' && subscription !== undefined && tryParseGuid(subscription) === undefined) {
    throw invalidSubscriptionId(subscription)
  }
  return { scope, written: `/${trimSlashes(text)}` }
}

/** The GUID that names an extension resource. Throws `malformed` with `code`. */
export function parseExtensionName(request: OperationRequest, kind: string, code: string): Guid {
  const id = tryParseGuid(request.path['name'])
  if (id === undefined) {
    throw new ServiceError('malformed', code, `The ${kind} ID is not valid. The ${kind} ID must be a GUID.`, {
      target: 'name',
    })
  }
  return id
}

/** The scope of an extension resource itself, as the audit record shows it. */
export function extensionTarget(
  scope: Scope,
  type: string,
  name?: string,
  namespace = 'Microsoft.Authorization',
): Scope {
  const segments = ['providers', namespace, type]
  return childScope(scope, ...segments, ...(name === undefined ? [] : [name]))
}
