import type { ReferenceCall, ReferenceDeny, ReferenceRole, ReferenceWorld } from './authorization-reference.ts'

/** A small generator of numbers (mulberry32): the same seed gives the same worlds on every machine. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const everyone = '00000000-0000-0000-0000-000000000000'
const ids = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${kind}0000000-0000-4000-8000-00000000000${at}`)
const users = ids('a', 3)
const groups = ids('b', 5)

const sub = '/subscriptions/11111111-1111-4111-8111-111111111111'
const scopes = [
  '/',
  sub,
  '/subscriptions/22222222-2222-4222-8222-222222222222',
  `${sub}/resourceGroups/rg`,
  `${sub}/resourceGroups/rg1`,
  `${sub}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1`,
  `${sub}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv10`,
  `${sub}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1/secrets/db`,
  `${sub}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1/secrets/db-2`,
  `${sub}/resourceGroups/rg1/providers/Microsoft.App/containerApps/app`,
]

const names = [
  'Microsoft.KeyVault/vaults/read',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.KeyVault/vaults/secrets/read',
  'Microsoft.KeyVault/vaults/secrets/getSecret/action',
  'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
  'Microsoft.KeyVault/vaults/secrets/delete',
  'Microsoft.Authorization/roleAssignments/write',
  'Microsoft.Authorization/roleAssignments/read',
  'Microsoft.App/containerApps/read',
  'Microsoft.App/containerApps/revisions/read',
  'Microsoft.App/containerApps/listSecrets/action',
]

const fixedPatterns = [
  '*',
  '*/read',
  '*/action',
  'Microsoft.KeyVault/*',
  'Microsoft.KeyVault/vaults/*',
  'Microsoft.KeyVault/vaults/*/read',
  'Microsoft.KeyVault/vaults/secrets/*',
  'Microsoft.*/vaults/*/getSecret/*',
  'Microsoft.Authorization/*/Write',
  'Microsoft.App/containerApps/*/read',
  '*/containerApps/*',
  'Microsoft.App/*/*/read',
]

export interface WorldMaker {
  readonly world: () => ReferenceWorld
  readonly call: () => ReferenceCall
}

export function worldMaker(random: () => number): WorldMaker {
  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[below(list.length)]
    if (picked === undefined) throw new RangeError('an empty list')
    return picked
  }
  const several = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make)
  const anyCase = (text: string): string => {
    const kind = below(4)
    return kind === 0 ? text.toUpperCase() : kind === 1 ? text.toLowerCase() : text
  }
  /** An exact name, a well-known pattern, or a name with a piece of it replaced by a star. */
  const pattern = (): string => {
    const kind = below(4)
    if (kind === 0) return anyCase(pick(names))
    if (kind > 1) return anyCase(pick(fixedPatterns))
    const name = pick(names)
    const from = below(name.length)
    return anyCase(`${name.slice(0, from)}*${name.slice(from + below(name.length - from + 1))}`)
  }
  const role = (): ReferenceRole => ({
    actions: several(3, pattern),
    notActions: several(1, pattern),
    dataActions: several(3, pattern),
    notDataActions: several(1, pattern),
  })
  /** Wide scopes are likelier, or hardly anything would be covered. */
  const scope = (): string => anyCase(random() < 0.4 ? pick(scopes.slice(0, 2)) : pick(scopes))
  const deny = (at: number): ReferenceDeny => ({
    id: `deny-${at}`,
    scope: scope(),
    childScopes: random() < 0.6,
    blocked: role(),
    principals: random() < 0.3 ? [everyone] : [pick([...users, ...groups])],
    excluded: several(1, () => pick([...users, ...groups])),
  })
  return {
    world: () => ({
      memberships: several(8, () => [pick(groups), pick([...users, ...groups])] as const),
      assignments: several(14, () => pick([...users, ...groups])).map((principal, at) => ({
        id: `assignment-${at}`,
        principal,
        scope: scope(),
        role: role(),
      })),
      denials: several(4, () => 0).map((_, at) => deny(at)),
    }),
    call: () => ({
      principal: pick(users),
      plane: random() < 0.5 ? 'control' : 'data',
      action: anyCase(pick(names)),
      scope: anyCase(pick(scopes)),
    }),
  }
}
