import { action } from '#authorization/decision.ts'
import { defineOperation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { extensionTarget } from '../../extension-scope.ts'
import { removeLock } from '../../lock-store.ts'
import { respondEmpty } from '../../wire.ts'
import { lockPath, locksSince, parseLockAddress } from './lock-wire.ts'

/** ManagementLocks_DeleteByScope, at any level: 200, or 204 when there was none. */
export const deleteLock = defineOperation({
  id: 'ManagementLocks_DeleteByScope',
  method: 'DELETE',
  path: lockPath,
  since: locksSince,
  access: 'write',
  moves: 'generation',
  parse(request) {
    const address = parseLockAddress(request)
    return { target: extensionTarget(address.scope, 'locks', address.name), address }
  },
  requirements: (_context, { address }) => [
    { anyOf: [action('Microsoft.Authorization/locks/delete')], scope: address.scope },
  ],
  handle: ({ transaction }, { address }) => removeLock(transaction, address),
  respond: (existed) => respondEmpty(existed ? 200 : 204),
  audit: auditTarget('Microsoft.Authorization/locks/delete'),
})
