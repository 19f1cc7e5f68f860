import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import type { SecretValue } from '#base/secret-value.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { auditTarget } from '../../audit-rule.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { parseResource, resourceNotFound, type TypedResourceAddress } from '../../resource-id.ts'
import { respondJson } from '../../wire.ts'
import { workspacePath, workspacesSince, workspaceType } from './workspace-wire.ts'

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
}

interface Output {
  readonly primary: SecretValue
  readonly secondary: SecretValue
}

/** SharedKeys_GetSharedKeys: the keys that the workspace was made with. */
export function getSharedKeys(
  its: Pick<ResourceManagerDependencies, 'workspaces' | 'sealerOf'>,
): Operation<Input, DomainSealer, Output> {
  return defineOperation({
    id: 'SharedKeys_GetSharedKeys',
    method: 'POST',
    path: `${workspacePath}/sharedKeys`,
    since: workspacesSince,
    access: 'read',
    parse(request): Input {
      const address = parseResource(request.path, workspaceType)
      return { target: address.scope, address }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.OperationalInsights/workspaces/sharedKeys/action')], scope: target },
    ],
    prepare: ({ tenant }) => its.sealerOf(tenant),
    async handle({ transaction }, { address }, sealer) {
      const keys = await its.workspaces.keys(transaction, address, sealer)
      if (keys === undefined) throw resourceNotFound(address)
      return keys
    },
    respond: ({ primary, secondary }) =>
      respondJson(
        200,
        {
          primarySharedKey: primary.reveal().toString('utf8'),
          secondarySharedKey: secondary.reveal().toString('utf8'),
        },
        { 'Cache-Control': 'no-store' },
      ),
    audit: auditTarget('Microsoft.OperationalInsights/workspaces/sharedKeys/action'),
  })
}
