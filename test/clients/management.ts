import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { type Furnished, furnish, type RunningServer } from '../support/running-server.ts'
import * as expected from './management-expectations.ts'

/** What the programs of the management SDKs start from, whatever their language is. */
export interface ManagementScene {
  readonly server: RunningServer
  readonly made: Furnished
  /** Id of a user-assigned identity in the group. */
  readonly identityId: string
  /** The program of this name as a command, without its words. */
  readonly program: (name: string) => readonly string[]
}

/** A vault with an app that has no role, and a user-assigned identity. `mark` keeps names of languages apart. */
export async function furnishManagement(
  server: RunningServer,
  mark: string,
  program: ManagementScene['program'],
): Promise<ManagementScene> {
  const made = await furnish(server, { vault: `kv-${mark}`, app: `app-${mark}` })
  const words = ['identity', 'create', '-g', made.group, '-n', 'shared', '--query', 'id', '-o', 'tsv']
  return { server, made, identityId: await server.command(words), program }
}

/** How a program is run, and what is replaced in what it tells. */
export interface Telling {
  /** The program's name. */
  readonly name: string
  /** Who runs it; the app's identity has no role. Default: the operator. */
  readonly as?: 'operator' | 'app'
  readonly group?: string
  readonly words?: readonly string[]
  /** More texts that differ from run to run, by the word that takes their place. */
  readonly ids?: Readonly<Record<string, string>>
}

/**
 * Runs a program and reads what it tells: with `{word}` in place of what differs from run to run, without members that are
 * unset, and with `properties` in the object around them, where some SDKs put them and some do not.
 */
export async function tell({ server, made, program }: ManagementScene, telling: Telling): Promise<unknown> {
  const { name, as = 'operator', group = made.group, words = [], ids = {} } = telling
  const { subscriptionId, tenantId } = server.facts
  const session = as === 'operator' ? ['shell'] : ['run', '--app', made.app]
  const ran = await server.try([...session, '--', ...program(name), subscriptionId, group, ...words])
  assert.equal(ran.code, 0, ran.stderr)
  const { vault, app, principalId, operatorId } = made
  const fixed = { subscription: subscriptionId, tenant: tenantId, operator: operatorId, principal: principalId }
  const known = { ...ids, ...fixed, group, home: made.group, vault, app }
  const text = Object.entries(known).reduce((left, [word, id]) => left.replaceAll(id, `{${word}}`), ran.stdout)
  const told: unknown = JSON.parse(text)
  return flatten(told)
}

const varying: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '{guid}'],
  [/\b[0-9a-f]{32}\b/g, '{version}'],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, '{time}'],
  [/\benv-[0-9a-f]{10}\b/g, 'env-{hash}'],
  [/(?<=--)[a-z0-9]{7}\b/g, '{suffix}'],
]

function flatten(told: unknown): unknown {
  if (typeof told === 'number') return told > 1_700_000_000 ? '{time}' : told
  if (typeof told === 'string') return varying.reduce((text, [pattern, word]) => text.replace(pattern, word), told)
  if (Array.isArray(told)) return told.map(flatten)
  if (typeof told !== 'object' || told === null) return told
  const members = Object.entries(told).flatMap(([name, value]): [string, unknown][] => {
    if (value === null) return []
    if (name === 'properties' && typeof value === 'object') return Object.entries(Object(flatten(value)))
    return [[name, flatten(value)]]
  })
  return Object.fromEntries(members)
}

/** The programs that every language has, each as a test; `its` gives the scene once it is there. */
export function testManagement(its: () => ManagementScene): void {
  test('subscriptions, providers, resource groups, resources and locks', async () => {
    assert.deepEqual(await tell(its(), { name: 'resource-groups', group: 'rg-made' }), expected.resourceGroups)
  })

  test('vaults, their access policies, private endpoint connections and secrets', async () => {
    const { made, server } = its()
    const words = [made.vault, server.facts.tenantId, made.principalId]
    assert.deepEqual(await tell(its(), { name: 'key-vault', words }), expected.keyVault)
  })

  test('role definitions, role assignments with conditions, deny assignments and permissions', async () => {
    const { made } = its()
    const [assignment = '', other = ''] = [randomUUID(), randomUUID()].sort()
    const ids = { role: randomUUID(), assignment, other }
    const words = [made.vault, made.principalId, 'Group Reader', ids.role, assignment, other]
    assert.deepEqual(await tell(its(), { name: 'authorization', words, ids }), expected.authorization)
  })

  test('user-assigned identities and federated credentials, more than a page of them', async () => {
    const words = [its().made.app]
    assert.deepEqual(await tell(its(), { name: 'identities', words }), expected.identities)
  })

  test('an identity without a role is refused everywhere', async () => {
    const { made, server } = its()
    const { subscriptionId, tenantId } = server.facts
    const role = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.owner}`
    const words = [made.vault, tenantId, made.principalId, role]
    assert.deepEqual(await tell(its(), { name: 'forbidden', as: 'app', words }), expected.forbidden)
  })
}
