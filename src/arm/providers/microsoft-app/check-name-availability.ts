import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { notSupported, parseObjectBody, parseShape } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { formatResourceId, parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { appsSince, appType } from './app-wire.ts'
import { environmentPath, environmentType } from './environment-wire.ts'
import { parseAppName } from './parse-app.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly name: string
}

type Availability =
  | { readonly nameAvailable: true }
  | { readonly nameAvailable: false; readonly reason: 'Invalid' | 'AlreadyExists'; readonly message: string }

const body = z.object({ name: z.string(), type: z.string() })

/** Namespaces_CheckNameAvailability: whether an app of this name can come into the environment. */
export function checkAppNameAvailability(
  its: Pick<ResourceManagerDependencies, 'apps' | 'environments'>,
): Operation<Input, undefined, Availability> {
  return defineOperation({
    id: 'Namespaces_CheckNameAvailability',
    method: 'POST',
    path: `${environmentPath}/checkNameAvailability`,
    since: appsSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, environmentType)
      const { name, type } = parseShape(body, parseObjectBody(request))
      if (type.toLowerCase() !== appType.toLowerCase()) {
        throw notSupported(`'type' must be '${appType}'.`, 'type')
      }
      return { target: address.scope, address, name }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/managedEnvironments/checknameavailability/action')], scope: target },
    ],
    async handle({ transaction }, { address, name }): Promise<Availability> {
      if ((await its.environments.find(transaction, address)) === undefined) throw resourceNotFound(address)
      const fault = faultOf(name)
      if (fault !== undefined) return { nameAvailable: false, reason: 'Invalid', message: fault }
      const id = formatResourceId(address, environmentType)
      const taken = await its.apps.listIn(transaction, id, { name, limit: 1 })
      if (taken.length === 0) return { nameAvailable: true }
      const message = `A container app '${name}' is in the environment '${address.name}' already.`
      return { nameAvailable: false, reason: 'AlreadyExists', message }
    },
    respond: (availability) => respondJson(200, availability),
    audit: auditTarget('Microsoft.App/managedEnvironments/checknameavailability/action'),
  })
}

function faultOf(name: string): string | undefined {
  try {
    parseAppName(name)
    return undefined
  } catch (fault) {
    if (fault instanceof ServiceError) return fault.message
    throw fault
  }
}
