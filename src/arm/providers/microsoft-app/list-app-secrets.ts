import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { JsonObject } from '#base/json.ts'
import type { SecretValue } from '#base/secret-value.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { storedSecrets } from './app-secrets.ts'
import { appPath, appsSince, appType } from './app-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

interface ListedSecret {
  readonly entry: JsonObject
  /** Undefined for a reference: its value stays in the vault. */
  readonly value: SecretValue | undefined
}

/**
 * ContainerApps_ListSecrets: the values of inline secrets, and where the others are kept. A reference is shown with its URL
 * and identity, so that a client that sends back what it got loses nothing.
 */
export function listAppSecrets(
  its: Pick<ResourceManagerDependencies, 'apps' | 'appSecrets' | 'sealerOf'>,
): Operation<Input, DomainSealer, readonly ListedSecret[]> {
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
    prepare: ({ tenant }) => its.sealerOf(tenant),
    async handle({ transaction }, { address }, sealer) {
      const app = await its.apps.find(transaction, address)
      if (app === undefined) throw resourceNotFound(address)
      const values = await its.appSecrets.openAll(transaction, app.id, sealer)
      return Array.from(storedSecrets(app.properties), ([name, entry]) => ({ entry, value: values.get(name) }))
    },
    respond: (secrets) =>
      respondJson(
        200,
        {
          value: secrets.map(({ entry, value }) =>
            value === undefined ? entry : { ...entry, value: value.reveal().toString('utf8') },
          ),
        },
        { 'Cache-Control': 'no-store' },
      ),
    audit: auditTarget(
      'Microsoft.App/containerApps/listSecrets/action',
      (_input: Input, secrets: readonly ListedSecret[] | undefined) => ({
        resultCount: secrets?.length ?? 0,
      }),
    ),
  })
}
