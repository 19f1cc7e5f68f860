import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import type { EnvironmentRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { insertSucceeded } from '../../operation-status-store.ts'
import { requireGroup } from '../../resource-group-store.ts'
import type { TypedResourceAddress } from '../../resource-id.ts'
import { authorOf } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { environmentPath, renderEnvironment } from './environment-wire.ts'
import { type FinishedCreation, respondWritten } from './finished-operation.ts'
import {
  type DesiredEnvironmentDocument,
  parseEnvironmentAddress,
  parseEnvironmentDocument,
} from './parse-environment.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly location: string
  readonly desired: DesiredEnvironmentDocument
}

interface Output {
  readonly environment: EnvironmentRecord
  readonly creation: FinishedCreation | undefined
}

/** ManagedEnvironments_CreateOrUpdate: ready at once. */
export function putEnvironment(
  its: Pick<ResourceManagerDependencies, 'environments'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'ManagedEnvironments_CreateOrUpdate',
    method: 'PUT',
    path: environmentPath,
    since: appsSince,
    access: 'write',
    parse(request): Input {
      const address = parseEnvironmentAddress(request)
      const body = parseObjectBody(request)
      return {
        target: address.scope,
        address,
        location: parseLocation(body['location']),
        desired: parseEnvironmentDocument(body),
      }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/managedEnvironments/write')], scope: target },
    ],
    async handle({ transaction, caller }, { address, location, desired }): Promise<Output> {
      const { subscription, name } = address
      const group = await requireGroup(transaction, address)
      const { created, environment } = await its.environments.save(transaction, {
        address: { subscription, resourceGroup: group.name, name },
        location,
        tags: desired.tags,
        properties: desired.properties,
        author: authorOf(caller),
      })
      if (!created) return { environment, creation: undefined }
      const place = { subscription, location: environment.location }
      return { environment, creation: { ...place, operationId: await insertSucceeded(transaction, place) } }
    },
    respond: ({ environment, creation }, request) => respondWritten(renderEnvironment(environment), creation, request),
    audit: auditTarget('Microsoft.App/managedEnvironments/write'),
  })
}
