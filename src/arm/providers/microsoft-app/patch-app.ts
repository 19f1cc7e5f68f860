import { action, type NonEmpty, type Requirement } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { applyMergePatch } from '../../merge-patch.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { authorOf, respondJson } from '../../wire.ts'
import { identityDocument, requireAssignment, tryParseIdentityId, withCanonicalIdentities } from './app-identity.ts'
import { appPath, appsSince, appType, renderApp, type ShownApp } from './app-wire.ts'
import { parseAppDocument } from './parse-app.ts'
import { parsePatch } from './parse-patch.ts'
import { revisionProperties } from './put-app.ts'
import { saveApp } from './save-app.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly patch: JsonObject
  readonly named: readonly TypedResourceAddress[]
}

/** ContainerApps_Update: a JSON merge patch of the document; tags are replaced as a whole. 200 with the changed app. */
export function patchApp(
  its: Pick<ResourceManagerDependencies, 'apps' | 'revisions' | 'environments' | 'identities' | 'sealerOf'>,
): Operation<Input, DomainSealer, ShownApp> {
  return defineOperation({
    id: 'ContainerApps_Update',
    method: 'PATCH',
    path: appPath,
    since: appsSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const address = parseResource(request.path, appType)
      const patch = withCanonicalIdentities(parsePatch(request))
      return { target: address.scope, address, patch, named: namedIdentities(patch) }
    },
    requirements: (_context, { target, named }): NonEmpty<Requirement> => [
      { anyOf: [action('Microsoft.App/containerApps/write')], scope: target },
      ...requireAssignment(named),
    ],
    prepare: ({ tenant }) => its.sealerOf(tenant),
    async handle({ transaction, caller }, { address, patch, named }, sealer) {
      const existing = await its.apps.find(transaction, address)
      if (existing === undefined) throw resourceNotFound(address)
      const desired = parseAppDocument(applyMergePatch(documentOf(existing), patch))
      const { shown } = await saveApp(its, transaction, {
        address: existing.address,
        location: existing.location,
        tags: patch['tags'] === undefined ? existing.tags : desired.tags,
        author: authorOf(caller),
        desired: patch['identity'] === undefined ? { ...desired, identity: undefined } : desired,
        named,
        existing,
        sealer,
      })
      return shown
    },
    respond: (shown) => respondJson(200, renderApp(shown)),
    audit: auditTarget('Microsoft.App/containerApps/write', (_input: Input, output: ShownApp | undefined) =>
      output === undefined ? {} : revisionProperties(output.app),
    ),
  })
}

/** The identities that a patch itself names, and does not take away. */
function namedIdentities({ identity }: JsonObject): readonly TypedResourceAddress[] {
  const ids = isJsonObject(identity) ? identity['userAssignedIdentities'] : undefined
  if (!isJsonObject(ids)) return []
  return Object.entries(ids).flatMap(([id, value]) => {
    const address = value === null ? undefined : tryParseIdentityId(id)
    return address === undefined ? [] : [address]
  })
}

/** The app as a document, without tags: those in a patch replace them. */
function documentOf(app: ContainerAppRecord): JsonObject {
  return { identity: identityDocument(app), properties: app.properties }
}
