import { action, type NonEmpty, type Requirement } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { auditTarget } from '../../audit-rule.ts'
import { parseObjectBody } from '../../body.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseLocation } from '../../locations.ts'
import { insertSucceeded } from '../../operation-status-store.ts'
import { requireGroup } from '../../resource-group-store.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { authorOf } from '../../wire.ts'
import { requireAssignment, withoutNullIdentities } from './app-identity.ts'
import { appPath, appsSince, appType, renderApp, type ShownApp } from './app-wire.ts'
import { type FinishedCreation, respondWritten } from './finished-operation.ts'
import { type DesiredApp, parseAppDocument, parseAppName } from './parse-app.ts'
import { saveApp } from './save-app.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'revisions' | 'environments' | 'identities' | 'sealerOf'>

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly location: string
  readonly desired: DesiredApp
}

interface Output {
  readonly shown: ShownApp
  readonly creation: FinishedCreation | undefined
}

const writeApp = action('Microsoft.App/containerApps/write')
const joinEnvironment = action('Microsoft.App/managedEnvironments/join/action')

/**
 * ContainerApps_CreateOrUpdate: desired state, written at once. Makes or deletes the system-assigned identity's principal in
 * the same transaction; the tokens of a deleted one end with it.
 */
export function putApp(its: Its): Operation<Input, DomainSealer, Output> {
  return defineOperation({
    id: 'ContainerApps_CreateOrUpdate',
    method: 'PUT',
    path: appPath,
    since: appsSince,
    access: 'write',
    moves: 'both',
    parse(request): Input {
      const address = parseResource({ ...request.path, name: parseAppName(request.path['name'] ?? '') }, appType)
      const body = parseObjectBody(request)
      return {
        target: address.scope,
        address,
        location: parseLocation(body['location']),
        desired: parseAppDocument(withoutNullIdentities(body)),
      }
    },
    requirements: (_context, { target, desired }): NonEmpty<Requirement> => [
      { anyOf: [writeApp], scope: target },
      ...(desired.environment === undefined
        ? []
        : [{ anyOf: [joinEnvironment] as const, scope: desired.environment.scope }]),
      ...requireAssignment(desired.identity?.userAssigned ?? []),
    ],
    prepare: ({ tenant }) => its.sealerOf(tenant),
    async handle({ transaction, caller }, { address, location, desired }, sealer): Promise<Output> {
      const group = await requireGroup(transaction, address)
      const existing = await its.apps.find(transaction, address)
      const { created, shown } = await saveApp(its, transaction, {
        address: { subscription: address.subscription, resourceGroup: group.name, name: address.name },
        location: settleLocation(location, existing),
        tags: desired.tags,
        author: authorOf(caller),
        desired,
        named: desired.identity?.userAssigned ?? [],
        existing,
        sealer,
      })
      if (!created) return { shown, creation: undefined }
      const place = { subscription: address.subscription, location: shown.app.location }
      return { shown, creation: { ...place, operationId: await insertSucceeded(transaction, place) } }
    },
    respond: ({ shown, creation }, request) => respondWritten(renderApp(shown), creation, request),
    audit: auditTarget('Microsoft.App/containerApps/write', (_input: Input, output: Output | undefined) =>
      output === undefined ? {} : revisionProperties(output.shown.app),
    ),
  })
}

/** What the record of a written app says of it. */
export function revisionProperties({ revisionName, identity }: ContainerAppRecord): Readonly<Record<string, string>> {
  return { revisionName, ...(identity === undefined ? {} : { identityPrincipalId: identity.principalId }) }
}

function settleLocation(location: string, existing: ContainerAppRecord | undefined): string {
  if (existing === undefined || existing.location === location) return location
  const { name, resourceGroup } = existing.address
  throw new ServiceError(
    'conflict',
    'InvalidResourceLocation',
    `The resource '${name}' already exists in location '${existing.location}' in resource group '${resourceGroup}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
  )
}
