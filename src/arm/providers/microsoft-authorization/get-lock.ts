import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget } from '../../extension-scope.ts'
import { findLock } from '../../lock-store.ts'
import { respondJson } from '../../wire.ts'
import { lockPath, locksSince, parseLockAddress, renderLock } from './lock-wire.ts'

/** ManagementLocks_GetByScope, at any level. */
export const getLock = defineOperation({
  id: 'ManagementLocks_GetByScope',
  method: 'GET',
  path: lockPath,
  since: locksSince,
  access: 'read',
  parse(request) {
    const address = parseLockAddress(request)
    return { target: extensionTarget(address.scope, 'locks', address.name), address }
  },
  requirements: (_context, { address }) => [
    { anyOf: [action('Microsoft.Authorization/locks/read')], scope: address.scope },
  ],
  async handle({ transaction }, { address }) {
    const lock = await findLock(transaction, address)
    if (lock !== undefined) return lock
    throw new ServiceError('not-found', 'LockNotFound', `The lock '${address.name}' could not be found.`)
  },
  respond: (lock) => respondJson(200, renderLock(lock)),
  audit: auditTarget('Microsoft.Authorization/locks/read'),
})
