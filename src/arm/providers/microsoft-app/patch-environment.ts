import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { EnvironmentRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { applyMergePatch } from '../../merge-patch.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { authorOf, respondJson } from '../../wire.ts'
import { appsSince } from './app-wire.ts'
import { environmentPath, environmentType, renderEnvironment } from './environment-wire.ts'
import { parseEnvironmentDocument } from './parse-environment.ts'
import { parsePatch } from './parse-patch.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly patch: JsonObject
}

/** ManagedEnvironments_Update: a JSON merge patch of the properties; tags are replaced as a whole. 200 at once. */
export function patchEnvironment(
  its: Pick<ResourceManagerDependencies, 'environments'>,
): Operation<Input, undefined, EnvironmentRecord> {
  return defineOperation({
    id: 'ManagedEnvironments_Update',
    method: 'PATCH',
    path: environmentPath,
    since: appsSince,
    access: 'write',
    parse(request): Input {
      const address = parseResource(request.path, environmentType)
      return { target: address.scope, address, patch: parsePatch(request) }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.App/managedEnvironments/write')], scope: target },
    ],
    async handle({ transaction, caller }, { address, patch }) {
      const existing = await its.environments.find(transaction, address)
      if (existing === undefined) throw resourceNotFound(address)
      const desired = parseEnvironmentDocument(applyMergePatch({ properties: existing.properties }, patch))
      const { environment } = await its.environments.save(transaction, {
        address: existing.address,
        location: existing.location,
        tags: patch['tags'] === undefined ? existing.tags : desired.tags,
        properties: desired.properties,
        author: authorOf(caller),
      })
      return environment
    },
    respond: (environment) => respondJson(200, renderEnvironment(environment)),
    audit: auditTarget('Microsoft.App/managedEnvironments/write'),
  })
}
