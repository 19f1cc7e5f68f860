import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { tryParseVaultName } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody, parseShape } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseSubscription } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import { respondJson } from '../../wire.ts'
import { invalidVaultName, takenVaultName } from './vault-name-texts.ts'
import { vaultsSince } from './vault-wire.ts'

interface Input {
  readonly target: Scope
  readonly name: string
}

const body = z.object({ name: z.string(), type: z.string() })

/** Vaults_CheckNameAvailability: whether a new vault could have this name. Deleted vaults still have theirs. */
export function checkVaultName(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, JsonObject> {
  return defineOperation({
    id: 'Vaults_CheckNameAvailability',
    method: 'POST',
    path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/checkNameAvailability',
    since: vaultsSince,
    access: 'read',
    parse(request): Input {
      const { name, type } = parseShape(body, parseObjectBody(request))
      if (type.toLowerCase() !== vaultType.toLowerCase()) {
        throw invalidContent(`'type' must be '${vaultType}'.`, 'type')
      }
      return { target: parseSubscription(request.path).scope, name }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/checkNameAvailability/read')], scope: target },
    ],
    async handle({ transaction }, { name: text }) {
      const name = tryParseVaultName(text)
      if (name === undefined) {
        return { nameAvailable: false, reason: 'AccountNameInvalid', message: invalidVaultName(text) }
      }
      if (!(await its.vaults.isNameTaken(transaction, name))) return { nameAvailable: true }
      return { nameAvailable: false, reason: 'AlreadyExists', message: takenVaultName(text) }
    },
    respond: (result) => respondJson(200, result),
    audit: auditTarget('Microsoft.KeyVault/checkNameAvailability/read'),
  })
}
