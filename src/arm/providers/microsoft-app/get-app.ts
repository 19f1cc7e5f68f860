import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appPath, appsSince, appType, renderApp, type ShownApp } from './app-wire.ts'
import { showApp } from './shown-app.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

/** ContainerApps_Get. */
export function getApp(
  its: Pick<ResourceManagerDependencies, 'apps' | 'environments' | 'identities'>,
): Operation<Input, undefined, ShownApp> {
  return defineOperation({
    id: 'ContainerApps_Get',
    method: 'GET',
    path: appPath,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.App/containerApps/read')], scope: target }],
    async handle({ transaction }, { address }) {
      const app = await its.apps.find(transaction, address)
      if (app === undefined) throw resourceNotFound(address)
      return showApp(its, transaction, app)
    },
    respond: (shown) => respondJson(200, renderApp(shown)),
    audit: auditTarget('Microsoft.App/containerApps/read'),
  })
}
