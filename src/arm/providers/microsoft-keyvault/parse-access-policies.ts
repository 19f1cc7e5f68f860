import { z } from 'zod'
import { type AccessPolicy, type AccessPolicyKind, accessPolicyWords } from '#authorization/access-policies.ts'
import { boundedList } from '#base/bounded-list.ts'
import type { ServiceError } from '#base/errors.ts'
import { type Guid, type TenantId, tryParseGuid } from '#base/ids.ts'
import { badRequest } from './bad-request.ts'

const maximumPolicies = 1024
/** Clients that must send an application id send this one for none. */
const noApplication = '00000000-0000-0000-0000-000000000000'

/** Of one kind of objects: there are fewer, and clients may repeat some. */
const maximumWords = 100
const words = boundedList(z.string(), maximumWords).optional()

/** `accessPolicies` of a vault's properties. More than 1,024 are `malformed` `BadRequest` before any is looked at. */
export const accessPoliciesShape = boundedList(
  z.object({
    tenantId: z.string(),
    objectId: z.string(),
    applicationId: z.string().optional(),
    permissions: z.object({ keys: words, secrets: words, certificates: words, storage: words }).default({}),
  }),
  maximumPolicies,
  { refuse: tooManyPolicies },
)

type WrittenPolicy = z.infer<typeof accessPoliciesShape>[number]

/**
 * The access policies in a body, words in Azure's spelling; several entries for one object and application become one. Throws
 * `malformed` `BadRequest`: for an object that is no GUID, a word that is no permission, and a tenant other than the vault's.
 * Source: contracts/resource-manager-and-container-apps.md §3.
 */
export function parseAccessPolicies(written: readonly WrittenPolicy[], tenant: TenantId): readonly AccessPolicy[] {
  const policies = written.map((policy, at) =>
    parsePolicy(policy, { tenant, member: `properties.accessPolicies.${at}` }),
  )
  return joinPolicies([], policies)
}

/** `kept` and `added` together: who stands in both has the permissions of both. */
export function joinPolicies(kept: readonly AccessPolicy[], added: readonly AccessPolicy[]): readonly AccessPolicy[] {
  const joined = byHolder(kept)
  for (const policy of added) {
    const holder = holderOf(policy)
    const former = joined.get(holder)
    joined.set(holder, former === undefined ? policy : { ...former, permissions: joinPermissions(former, policy) })
  }
  return [...joined.values()]
}

/** Policies by whom they speak of, in their order. */
export function byHolder(policies: readonly AccessPolicy[]): Map<string, AccessPolicy> {
  return new Map(policies.map((policy) => [holderOf(policy), policy]))
}

/** Whom a policy speaks of: a principal, through an application or through any. Equal texts stand for the same. */
export function holderOf({ tenantId, objectId, applicationId }: AccessPolicy): string {
  return JSON.stringify([tenantId, objectId, applicationId ?? null])
}

/** Refuses more policies than a vault can have. `malformed` `BadRequest`. */
export function checkCount(policies: readonly AccessPolicy[]): readonly AccessPolicy[] {
  if (policies.length <= maximumPolicies) return policies
  throw tooManyPolicies()
}

function tooManyPolicies(): ServiceError {
  return badRequest(`A vault has at most ${maximumPolicies} access policies.`, 'properties.accessPolicies')
}

/** The kinds of objects that permissions are given for, in the order they are shown. */
export const policyKinds = ['keys', 'secrets', 'certificates', 'storage'] as const satisfies readonly AccessPolicyKind[]

function joinPermissions(one: AccessPolicy, other: AccessPolicy): AccessPolicy['permissions'] {
  return Object.fromEntries(
    policyKinds.flatMap((kind) => {
      const [first, second] = [one.permissions[kind], other.permissions[kind]]
      return first === undefined && second === undefined
        ? []
        : [[kind, [...new Set([...(first ?? []), ...(second ?? [])])]]]
    }),
  )
}

interface Where {
  readonly tenant: TenantId
  /** The policy's place in the body. */
  readonly member: string
}

function parsePolicy(written: WrittenPolicy, { tenant, member }: Where): AccessPolicy {
  if (tryParseGuid(written.tenantId) !== tenant) {
    throw badRequest(
      `An invalid value was provided for '${member}.tenantId': it must be the tenant of the vault.`,
      `${member}.tenantId`,
    )
  }
  const objectId = parseId(written.objectId, `${member}.objectId`)
  const { applicationId } = written
  const hasApplication = applicationId !== undefined && applicationId !== '' && applicationId !== noApplication
  return {
    tenantId: tenant,
    objectId,
    ...(hasApplication ? { applicationId: parseId(applicationId, `${member}.applicationId`) } : {}),
    permissions: Object.fromEntries(
      policyKinds.flatMap((kind) => {
        const given = written.permissions[kind]
        return given === undefined ? [] : [[kind, parseWords(given, kind, `${member}.permissions.${kind}`)]]
      }),
    ),
  }
}

function parseId(text: string, member: string): Guid {
  const id = tryParseGuid(text)
  if (id === undefined) throw badRequest(`An invalid value was provided for '${member}': it must be a GUID.`, member)
  return id
}

const wordsByLowerCase = {
  keys: byLowerCase('keys'),
  secrets: byLowerCase('secrets'),
  certificates: byLowerCase('certificates'),
  storage: byLowerCase('storage'),
} as const

function byLowerCase(kind: AccessPolicyKind): ReadonlyMap<string, string> {
  return new Map(accessPolicyWords[kind].map((word) => [word.toLowerCase(), word]))
}

function parseWords(given: readonly string[], kind: AccessPolicyKind, member: string): readonly string[] {
  const parsed = given.map((text) => {
    const word = wordsByLowerCase[kind].get(text.toLowerCase())
    if (word === undefined) {
      const known = accessPolicyWords[kind].join(', ')
      throw badRequest(`An invalid value was provided for '${member}': it takes ${known}.`, member)
    }
    return word
  })
  return [...new Set(parsed)]
}
