import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { parseExtensionScope } from '../../extension-scope.ts'
import type { ResourceLock } from '../../lock-store.ts'
import { definedMembers } from '../../wire.ts'

/** First api-version of locks that clients are seen to use. */
export const locksSince = '2015-01-01'
export const locksPath = '/{scope...}/providers/Microsoft.Authorization/locks'
export const lockPath = `${locksPath}/{name}`

/** `…/resourceGroups/RG/providers/NAMESPACE/TYPE/NAME`; what is inside a resource shares its locks. */
const longestScope = 8
const namePattern = /^[A-Za-z0-9_.()-][A-Za-z0-9_.() -]{0,259}$/

/** Which lock a request names. */
export interface LockAddress {
  readonly scope: Scope
  readonly writtenScope: string
  readonly name: string
}

/** The scope of locks in a path. Throws `malformed` `InvalidScope` for anything but a subscription and what is in one. */
export function parseLockScope(request: OperationRequest): Omit<LockAddress, 'name'> {
  const { scope, written } = parseExtensionScope(request)
  const { segments } = scope
  if (segments[0] !== 'subscriptions' || segments.length > longestScope || segments.length % 2 !== 0) {
    const message = 'A lock stands at a subscription, a resource group or a resource.'
    throw new ServiceError('malformed', 'InvalidScope', message, { target: 'scope' })
  }
  return { scope, writtenScope: written }
}

/** The lock in a path. Throws `malformed` `InvalidScope` or `InvalidLockName`. */
export function parseLockAddress(request: OperationRequest): LockAddress {
  const name = request.path['name'] ?? ''
  if (!namePattern.test(name) || name === '.' || name === '..') {
    const message = "A lock name has 1 to 260 characters: letters, digits, blanks, '-', '.', '(', ')' or '_'."
    throw new ServiceError('malformed', 'InvalidLockName', message, { target: 'lockName' })
  }
  return { ...parseLockScope(request), name }
}

/** A lock on the wire. */
export function renderLock(lock: ResourceLock): JsonObject {
  return {
    id: `${lock.writtenScope}/providers/Microsoft.Authorization/locks/${lock.name}`,
    name: lock.name,
    type: 'Microsoft.Authorization/locks',
    properties: definedMembers({ level: lock.level, notes: lock.notes }),
  }
}
