import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody } from '../../body.ts'
import type { ContainerAppRecord, ResourceManagerDependencies } from '../../dependencies.ts'
import { applyMergePatch } from '../../merge-patch.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { authorOf, isJsonObject, respondJson } from '../../wire.ts'
import { appPath, appsSince, appType, renderApp, renderIdentity, type ShownApp } from './app-wire.ts'
import { parseAppDocument } from './parse-app.ts'
import { revisionProperties, settleEnvironment } from './put-app.ts'
import { showApp } from './shown-app.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly patch: JsonObject
}

/** ContainerApps_Update: a JSON merge patch of the document; tags are replaced as a whole. 200 with the changed app. */
export function patchApp(
  its: Pick<ResourceManagerDependencies, 'apps' | 'environments'>,
): Operation<Input, undefined, ShownApp> {
  return defineOperation({
    id: 'ContainerApps_Update',
    method: 'PATCH',
    path: appPath,
    since: appsSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      return { target: address.scope, address, patch: parsePatch(parseObjectBody(request)) }
    },
    requirements: (_context, { target }) => [{ anyOf: [action('Microsoft.App/containerApps/write')], scope: target }],
    async handle({ transaction, caller }, { address, patch }) {
      const existing = await its.apps.find(transaction, address)
      if (existing === undefined) throw resourceNotFound(address)
      const desired = parseAppDocument(applyMergePatch(documentOf(existing), patch))
      const environmentId = await settleEnvironment(its, transaction, { desired, existing })
      const { app } = await its.apps.save(transaction, {
        address: existing.address,
        location: existing.location,
        tags: patch['tags'] === undefined ? existing.tags : desired.tags,
        systemAssignedIdentity: desired.systemAssignedIdentity ?? false,
        properties: { environmentId, ...desired.properties },
        author: authorOf(caller),
      })
      return showApp(its, transaction, app)
    },
    respond: (shown) => respondJson(200, renderApp(shown)),
    audit: auditTarget('Microsoft.App/containerApps/write', (_input: Input, output: ShownApp | undefined) =>
      output === undefined ? {} : revisionProperties(output.app),
    ),
  })
}

/** Only what can be changed: read-only members and the location are ignored. */
function parsePatch({ tags, identity, properties }: JsonObject): JsonObject {
  if (properties !== undefined && properties !== null && !isJsonObject(properties)) {
    throw invalidContent("The request content was invalid: 'properties' must be an object.", 'properties')
  }
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(identity === undefined ? {} : { identity }),
    ...(isJsonObject(properties) ? { properties } : {}),
  }
}

/** The app as a document, without tags: those in a patch replace them. */
function documentOf(app: ContainerAppRecord): JsonObject {
  return { identity: renderIdentity(app), properties: app.properties }
}
