import { z } from 'zod'
import type { AccessPolicy, AccessPolicyKind } from '#authorization/access-policies.ts'
import { action } from '#authorization/decision.ts'
import type { Scope } from '#authorization/scope.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { invalidContent, parseObjectBody, parseShape } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { requireVault } from '../../find-vault.ts'
import { formatResourceId, parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { vaultType } from '../../resource-types.ts'
import type { VaultRecord } from '../../vault-resources.ts'
import { authorOf, objectWithoutNulls, respondJson } from '../../wire.ts'
import {
  accessPoliciesShape,
  byHolder,
  checkCount,
  holderOf,
  joinPolicies,
  parseAccessPolicies,
  policyKinds,
} from './parse-access-policies.ts'
import { renderAccessPolicies, vaultPath, vaultsSince } from './vault-wire.ts'

type Policies = readonly AccessPolicy[]

interface Input {
  readonly target: Scope
  readonly address: TypedResourceAddress
  readonly kind: Kind
  readonly policies: Policies
}

const body = z.object({ properties: z.object({ accessPolicies: accessPoliciesShape }) })

/** What each kind of update makes of the vault's policies. None touches policies of objects that the request does not name. */
const updates = {
  add: joinPolicies,
  replace(kept: Policies, given: Policies): Policies {
    const replaced = byHolder(given)
    return [...kept.filter((policy) => !replaced.has(holderOf(policy))), ...given]
  },
  remove(kept: Policies, given: Policies): Policies {
    const taken = byHolder(given)
    return kept.flatMap((policy) => {
      const gone = taken.get(holderOf(policy))
      return gone === undefined ? [policy] : withoutPermissions(policy, gone)
    })
  },
} as const

type Kind = keyof typeof updates

/**
 * Vaults_UpdateAccessPolicy: adds permissions to policies, replaces the policies of the objects that are named, or takes
 * permissions away, of which a policy without any does not remain. Gives all policies that the vault has then.
 * Source: contracts/resource-manager-and-container-apps.md §3, §4.5.
 */
export function updateAccessPolicy(
  its: Pick<ResourceManagerDependencies, 'vaults'>,
): Operation<Input, undefined, VaultRecord> {
  return defineOperation({
    id: 'Vaults_UpdateAccessPolicy',
    method: 'PUT',
    path: `${vaultPath}/accessPolicies/{operationKind}`,
    since: vaultsSince,
    access: 'write',
    moves: 'generation',
    parse(request): Input {
      const address = parseResource(request.path, vaultType)
      const kind = parseKind(request.path['operationKind'] ?? '')
      const { properties } = parseShape(body, objectWithoutNulls(parseObjectBody(request)))
      const policies = parseAccessPolicies(properties.accessPolicies, request.place.tenant)
      return { target: address.scope, address, kind, policies }
    },
    requirements: (_context, { target }) => [
      { anyOf: [action('Microsoft.KeyVault/vaults/accessPolicies/write')], scope: target },
    ],
    async handle({ transaction, caller }, { address, kind, policies }) {
      const existing = await requireVault(its, transaction, address)
      const { tags, settings } = existing
      return its.vaults.update(transaction, existing.id, {
        tags,
        settings: { ...settings, accessPolicies: checkCount(updates[kind](settings.accessPolicies, policies)) },
        author: authorOf(caller),
      })
    },
    respond: ({ address, settings }) =>
      respondJson(200, {
        id: `${formatResourceId(address, vaultType)}/accessPolicies/`,
        type: `${vaultType}/accessPolicies`,
        properties: { accessPolicies: renderAccessPolicies(settings.accessPolicies) },
      }),
    audit: auditTarget<Input, VaultRecord>('Microsoft.KeyVault/vaults/accessPolicies/write', ({ kind, policies }) => ({
      operationKind: kind,
      policyCount: policies.length,
    })),
  })
}

function parseKind(text: string): Kind {
  const kinds = ['add', 'replace', 'remove'] as const
  const known = kinds.find((kind) => kind === text.toLowerCase())
  if (known !== undefined) return known
  throw invalidContent(`'operationKind' must be one of ${kinds.join(', ')}.`, 'operationKind')
}

/** What is left of a policy; nothing when no permission is. */
function withoutPermissions(policy: AccessPolicy, taken: AccessPolicy): Policies {
  const left = policyKinds.flatMap((kind): [AccessPolicyKind, readonly string[]][] => {
    const gone = taken.permissions[kind] ?? []
    const words = (policy.permissions[kind] ?? []).filter((word) => !gone.includes(word))
    return words.length === 0 ? [] : [[kind, words]]
  })
  return left.length === 0 ? [] : [{ ...policy, permissions: Object.fromEntries(left) }]
}
