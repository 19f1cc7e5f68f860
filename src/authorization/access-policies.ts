import type { Guid, PrincipalId, TenantId } from '#base/ids.ts'
import type { Freshness } from '#storage/database.ts'
import type { Attributes } from './conditions/attributes.ts'
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

const secretsPrefix = 'microsoft.keyvault/vaults/secrets/'
/** Source: contracts/key-vault.md §2.1. */
const secretPermissions: Readonly<Record<string, SecretPermission>> = {
  'getsecret/action': 'get',
  'readmetadata/action': 'list',
  'setsecret/action': 'set',
  'update/action': 'set',
  delete: 'delete',
  'backup/action': 'backup',
  'restore/action': 'restore',
  'recover/action': 'recover',
  'purge/action': 'purge',
}

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
    const first = this.#decideRequirement(requirements[0])
    if (first.outcome === 'deny') return first
    for (const requirement of requirements.slice(1)) {
      const decision = this.#decideRequirement(requirement)
      if (decision.outcome === 'deny') return decision
    }
    return first
  }

  hangsOnLookup(requirements: NonEmpty<Requirement>): boolean {
    return this.#roles.hangsOnLookup(requirements)
  }

  permits(action: Action, scope: Scope, attributes?: Attributes): boolean {
    return this.#decideRequirement({ anyOf: [action], scope, attributes }).outcome === 'allow'
  }

  /** When none of the actions is allowed, the first one's denial is the answer. */
  #decideRequirement(requirement: Requirement): Decision {
    const [first, ...others] = requirement.anyOf
    const decision = this.#decideAction(first, requirement)
    if (decision.outcome === 'allow') return decision
    for (const action of others) {
      const other = this.#decideAction(action, requirement)
      if (other.outcome === 'allow') return other
    }
    return decision
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

function permissionOf(action: Action): SecretPermission | undefined {
  const name = action.name.toLowerCase()
  return name.startsWith(secretsPrefix) ? secretPermissions[name.slice(secretsPrefix.length)] : undefined
}
