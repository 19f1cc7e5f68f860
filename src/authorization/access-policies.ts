import type { Guid, PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness } from '#storage/database.ts'
import type { Attributes } from './conditions/attributes.ts'
import { type DecideAction, decideRequirements } from './decide-requirements.ts'
import type {
  Action,
  Decision,
  DenyReason,
  MissingAccessPolicy,
  NonEmpty,
  Permissions,
  Requirement,
  SecretPermission,
} from './decision.ts'
import { coversScope, type Scope } from './scope.ts'

/** The words of access policies by kind of object, in Azure's spelling. Source: contracts/key-vault.md §7. */
export const accessPolicyWords = {
  keys: [
    'all',
    'encrypt',
    'decrypt',
    'wrapKey',
    'unwrapKey',
    'sign',
    'verify',
    'get',
    'list',
    'create',
    'update',
    'import',
    'delete',
    'backup',
    'restore',
    'recover',
    'purge',
    'release',
    'rotate',
    'getrotationpolicy',
    'setrotationpolicy',
  ],
  secrets: ['all', 'get', 'list', 'set', 'delete', 'backup', 'restore', 'recover', 'purge'],
  certificates: [
    'all',
    'get',
    'list',
    'delete',
    'create',
    'import',
    'update',
    'managecontacts',
    'getissuers',
    'listissuers',
    'setissuers',
    'deleteissuers',
    'manageissuers',
    'recover',
    'purge',
    'backup',
    'restore',
  ],
  storage: [
    'all',
    'get',
    'list',
    'delete',
    'set',
    'update',
    'regeneratekey',
    'recover',
    'purge',
    'backup',
    'restore',
    'setsas',
    'listsas',
    'getsas',
    'deletesas',
  ],
} as const

export type AccessPolicyKind = keyof typeof accessPolicyWords

/** One access policy of a vault: what one principal, or the members of one group, may do with what is in it. */
export interface AccessPolicy {
  readonly tenantId: Guid
  /** A user's, service principal's or group's object id. */
  readonly objectId: Guid
  /** Counts only for calls that this application makes in the name of the user. */
  readonly applicationId?: Guid
  /** Words of `accessPolicyWords`; a kind that is left out permits nothing. */
  readonly permissions: { readonly [Kind in AccessPolicyKind]?: readonly string[] }
}

/** The access policies of one vault, ready to decide. */
export interface AccessPolicies {
  /**
   * What a principal may do where these policies decide: data actions at the vault and below by the policies alone, whatever
   * roles say; everything else as `permissions` has it. Does no I/O.
   */
  permissionsOf(permissions: Permissions, caller: PolicyCaller): Permissions
}

/** What of a caller policies look at besides its object id and its groups. */
interface PolicyCaller {
  readonly kind: 'user' | 'application'
  readonly clientId: string
}

/** Names of actions, in Azure's spelling and in lower case -> permission. Source: contracts/key-vault.md §2.1. */
const secretPermissions: ReadonlyMap<string, SecretPermission> = new Map(
  (
    [
      ['getSecret/action', 'get'],
      ['readMetadata/action', 'list'],
      ['setSecret/action', 'set'],
      ['update/action', 'set'],
      ['delete', 'delete'],
      ['backup/action', 'backup'],
      ['restore/action', 'restore'],
      ['recover/action', 'recover'],
      ['purge/action', 'purge'],
    ] as const
  ).flatMap(([name, permission]) => {
    const full = `Microsoft.KeyVault/vaults/secrets/${name}`
    return [[full, permission] as const, [full.toLowerCase(), permission] as const]
  }),
)

/** Prepares a vault's policies. Pure; policies of another tenant count for nobody. */
export function compileAccessPolicies(
  policies: readonly AccessPolicy[],
  vault: { readonly tenant: TenantId; readonly scope: Scope },
): AccessPolicies {
  const byObject = new Map<string, AccessPolicy[]>()
  for (const policy of policies) {
    if (policy.tenantId !== vault.tenant) continue
    const known = byObject.get(policy.objectId)
    if (known === undefined) byObject.set(policy.objectId, [policy])
    else known.push(policy)
  }
  // Permissions are made anew with each generation, and what is derived from them goes with them.
  const remembered = new WeakMap<Permissions, Map<string, Permissions>>()
  return {
    permissionsOf(permissions, caller) {
      const key = caller.kind === 'user' ? caller.clientId : ''
      let byClient = remembered.get(permissions)
      if (byClient === undefined) {
        byClient = new Map()
        remembered.set(permissions, byClient)
      }
      let made = byClient.get(key)
      if (made === undefined) {
        made = new PolicyPermissions(permissions, vault.scope, grantsOf(byObject, permissions, caller))
        byClient.set(key, made)
      }
      return made
    },
  }
}

interface Grants {
  readonly isNamed: boolean
  /** Permission on secrets -> the object id of a policy that gives it. */
  readonly secrets: ReadonlyMap<string, string>
}

function grantsOf(
  byObject: ReadonlyMap<string, readonly AccessPolicy[]>,
  { principal, groups }: Permissions,
  caller: PolicyCaller,
): Grants {
  const secrets = new Map<string, string>()
  let isNamed = false
  for (const objectId of [principal, ...groups]) {
    for (const { applicationId, permissions } of byObject.get(objectId) ?? []) {
      if (applicationId !== undefined && (caller.kind !== 'user' || caller.clientId !== applicationId)) continue
      isNamed = true
      for (const word of permissions.secrets ?? []) if (!secrets.has(word)) secrets.set(word, objectId)
    }
  }
  return { isNamed, secrets }
}

class PolicyPermissions implements Permissions {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly freshness: Freshness
  readonly groups: readonly string[]
  readonly barrier: DenyReason | undefined
  readonly #roles: Permissions
  readonly #vault: Scope
  readonly #grants: Grants
  readonly #decideRequired: DecideAction = (action, requirement) => this.#decideAction(action, requirement)

  constructor(roles: Permissions, vault: Scope, grants: Grants) {
    this.tenant = roles.tenant
    this.principal = roles.principal
    this.freshness = roles.freshness
    this.groups = roles.groups
    this.barrier = roles.barrier
    this.#roles = roles
    this.#vault = vault
    this.#grants = grants
  }

  decide(requirements: NonEmpty<Requirement>): Decision {
    return decideRequirements(requirements, this.#decideRequired)
  }

  hangsOnLookup(requirements: NonEmpty<Requirement>): boolean {
    return this.#roles.hangsOnLookup(requirements)
  }

  permits(action: Action, scope: Scope, attributes?: Attributes): boolean {
    return this.#decideAction(action, { anyOf: [action], scope, attributes }).outcome === 'allow'
  }

  #decideAction(action: Action, { scope, secretPermission, attributes }: Requirement): Decision {
    if (action.kind === 'control' || !coversScope(this.#vault, scope)) {
      return this.#roles.decide([{ anyOf: [action], scope, attributes }])
    }
    if (this.barrier !== undefined) return { outcome: 'deny', reason: this.barrier, action, scope }
    const { secrets, isNamed } = this.#grants
    const permission = secretPermission ?? permissionOf(action)
    const accessPolicy = permission === undefined ? undefined : (secrets.get(permission) ?? secrets.get('all'))
    if (accessPolicy !== undefined) return { outcome: 'allow', accessPolicy, action, scope }
    const missing: MissingAccessPolicy = {
      permission: permission === undefined ? undefined : `secrets ${permission}`,
      isNamed,
      groups: this.groups.length,
    }
    return { outcome: 'deny', reason: 'NoAccessPolicy', action, scope, accessPolicy: missing }
  }
}

/** A call's own action is found as it is written; letter case counts for nothing. */
function permissionOf({ name }: Action): SecretPermission | undefined {
  return secretPermissions.get(name) ?? secretPermissions.get(name.toLowerCase())
}
