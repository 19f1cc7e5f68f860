import type { Caller } from '#authentication/caller.ts'
import type { AccessPolicies } from '#authorization/access-policies.ts'
import type { Permissions } from '#authorization/decision.ts'
import type { ServiceError } from '#base/errors.ts'
import type { Freshness, Reader } from '#storage/database.ts'
import type { Place, RequestFacts } from './operation.ts'

/** A part of this program that may call a vault whose network rules let trusted services in. */
export type TrustedService = 'container-apps'

/** How a call came in. */
export interface Arrival {
  readonly caller: Caller
  readonly facts: RequestFacts
  /** `https://host[:port]` as the client used it. */
  readonly origin: string
  readonly trustedService: TrustedService | undefined
}

/** Whether a place's network rules admit a call's connection. `error` is the answer to one that they do not. */
export type Admission =
  | { readonly outcome: 'admitted'; readonly as: 'public' | 'private-endpoint' | 'trusted-service' }
  | { readonly outcome: 'refused'; readonly error: ServiceError }

/** What a place asks of a call besides the caller's roles, at one generation. */
export interface PlaceRules {
  /** Does no I/O. */
  admit(arrival: Arrival): Admission
  /** Undefined where roles decide. */
  readonly accessPolicies: AccessPolicies | undefined
}

/** Where the gate finds the rules of vaults; they are as fresh as permissions are. */
export interface PlaceRulesSource {
  /** The rules at exactly this freshness, or undefined; does no I/O. */
  cached(place: Place, freshness: Freshness): PlaceRules | undefined
  /** Reads the rules and keeps them. Throws `not-found` `VaultNotFound` when the vault is no longer active. */
  load(reader: Reader, place: Place): Promise<PlaceRules>
}

/** What a caller may do at the place: by its access policies, or by roles. */
export function permissionsUnder(rules: PlaceRules | undefined, permissions: Permissions, caller: Caller): Permissions {
  return rules?.accessPolicies === undefined ? permissions : rules.accessPolicies.permissionsOf(permissions, caller)
}
