import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody, parseShape } from '../../body.ts'
import { requireExistingScope } from '../../existing-scope.ts'
import { extensionTarget } from '../../extension-scope.ts'
import { lockLevels, type ResourceLock, saveLock } from '../../lock-store.ts'
import type { KindResources } from '../../resource-kinds.ts'
import { respondJson } from '../../wire.ts'
import { lockPath, locksSince, parseLockAddress, renderLock } from './lock-wire.ts'

interface Input {
  readonly target: Scope
  readonly lock: ResourceLock
}

interface Output {
  readonly created: boolean
  readonly lock: ResourceLock
}

const maximumNotes = 512

const bodyShape = z.object({
  properties: z.object({
    level: z.preprocess(
      (level) => lockLevels.find((known) => typeof level === 'string' && known.toLowerCase() === level.toLowerCase()),
      z.enum(lockLevels, { error: "must be 'CanNotDelete' or 'ReadOnly'" }),
    ),
    notes: z.string().max(maximumNotes).nullish(),
    owners: z.array(z.unknown()).max(0, 'is not supported').nullish(),
  }),
})

/** ManagementLocks_CreateOrUpdate at any level: it counts from the next call on. 201 when new, 200 when replaced. */
export function putLock(its: KindResources): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'ManagementLocks_CreateOrUpdateByScope',
    method: 'PUT',
    path: lockPath,
    since: locksSince,
    access: 'write',
    // A write that was decided before this lock must not be committed after it.
    moves: 'generation',
    parse(request): Input {
      const address = parseLockAddress(request)
      const { level, notes } = parseShape(bodyShape, parseObjectBody(request)).properties
      return {
        target: extensionTarget(address.scope, 'locks', address.name),
        lock: { ...address, level, notes: notes ?? undefined },
      }
    },
    requirements: (_context, { lock }) => [
      { anyOf: [action('Microsoft.Authorization/locks/write')], scope: lock.scope },
    ],
    async handle({ transaction }, { lock }): Promise<Output> {
      await requireExistingScope(its, transaction, lock.scope)
      return { created: await saveLock(transaction, lock), lock }
    },
    respond: ({ created, lock }) => respondJson(created ? 201 : 200, renderLock(lock)),
    audit: auditTarget('Microsoft.Authorization/locks/write', ({ lock }: Input) => ({ level: lock.level })),
  })
}
