import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appPath, appsSince, appType } from './app-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** ContainerApps_ListSecrets. An app cannot have secrets of its own, so an existing one has none to list. */
export function listAppSecrets(its: Pick<ResourceManagerDependencies, 'apps'>): Operation<Input, undefined, undefined> {
  return defineOperation({
    id: 'ContainerApps_ListSecrets',
    method: 'POST',
    path: `${appPath}/listSecrets`,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/containerApps/listSecrets/action')], scope: target },
    ],
    async handle({ transaction }, { address }) {
      if ((await its.apps.find(transaction, address)) === undefined) throw resourceNotFound(address)
      return undefined
    },
    respond: () => respondJson(200, { value: [] }),
    audit: auditTarget('Microsoft.App/containerApps/listSecrets/action'),
  })
}
