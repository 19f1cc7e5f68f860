/** What role assignments of others cost, with direct calls of the gate. */
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import type { PrincipalId } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { ArmHarness } from '../test/contract/arm-harness.ts'
import { engines } from '../test/support/databases.ts'
import { median } from './load.ts'

/** Largest ratio of the time among many assignments to the time among few. */
const budgets = { authorizeLoaded: 1.2, authorizeFromMemory: 1.2, listByPrincipal: 10, listAssignedTo: 10 } as const
type Measured = Record<keyof typeof budgets, number>

const rowsAtOnce = 1000

/** A tenant with `count` assignments of others, at the subscription, a group, and vaults in it. */
async function openWorld(
  engineName: string,
  count: number,
): Promise<{ readonly arm: ArmHarness; readonly principal: PrincipalId }> {
  const engine = engines.find(({ name }) => name === engineName)
  if (engine === undefined || engine.skip !== false) throw new Error(`There is no engine '${engineName}' here.`)
  const arm = await ArmHarness.open(engine)
  const places = [arm.path(), arm.inGroup(), arm.inGroup('/providers/Microsoft.KeyVault/vaults/kv')]
  await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, async (writer) => {
    for (let at = 0; at < count; at += rowsAtOnce) {
      const rows = Array.from({ length: Math.min(rowsAtOnce, count - at) }, (_, row) => {
        const scope = row % 3 === 2 ? `${places[2]}${(at + row) % 500}` : (places[row % 3] ?? '')
        return {
          tenant_id: arm.tenant,
          id: randomGuid(),
          scope,
          scope_canonical: scope.toLowerCase(),
          role_definition_id: builtInRoleIds.reader,
          principal_id: randomGuid(),
          principal_type: 'ServicePrincipal',
          description: null,
          condition: null,
          created_at: 0,
          updated_at: 0,
          created_by: arm.operator,
          updated_by: arm.operator,
        }
      })
      await writer.kysely.insertInto('role_assignment').values(rows).execute()
    }
  })
  const principal = await arm.user([
    ['reader', arm.path()],
    ['reader', arm.inGroup()],
    ['contributor', arm.inGroup()],
    ['keyVaultSecretsUser', arm.inGroup()],
    ['keyVaultAdministrator', arm.inGroup()],
  ])
  return { arm, principal }
}

/** Median microseconds of each kind of call, taken in turns so that both worlds see the same machine. */
async function measureWorlds(
  worlds: readonly Awaited<ReturnType<typeof openWorld>>[],
  rounds: number,
): Promise<readonly Measured[]> {
  const taken = worlds.map(() => ({
    authorizeLoaded: [] as number[],
    authorizeFromMemory: [] as number[],
    listByPrincipal: [] as number[],
    listAssignedTo: [] as number[],
  }))
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    for (const [at, { arm, principal }] of worlds.entries()) {
      const group = arm.path('/resourcegroups/rg1')
      const list = arm.path('/providers/Microsoft.Authorization/roleAssignments')
      await arm.database.write({ tenant: arm.tenant, moves: 'generation' }, () => Promise.resolve())
      const times: Measured = {
        authorizeLoaded: await time(() => arm.send('GET', group, { as: principal })),
        authorizeFromMemory: await time(() => arm.send('GET', group, { as: principal })),
        listByPrincipal: await time(() =>
          arm.send('GET', list, { query: { $filter: `principalId eq '${principal}'` } }),
        ),
        listAssignedTo: await time(() => arm.send('GET', list, { query: { $filter: `assignedTo('${principal}')` } })),
      }
      if (round < 0) continue
      for (const kind of kinds) taken[at]?.[kind].push(times[kind])
    }
  }
  return taken.map((of) => ({
    authorizeLoaded: median(of.authorizeLoaded),
    authorizeFromMemory: median(of.authorizeFromMemory),
    listByPrincipal: median(of.listByPrincipal),
    listAssignedTo: median(of.listAssignedTo),
  }))
}

const kinds = ['authorizeLoaded', 'authorizeFromMemory', 'listByPrincipal', 'listAssignedTo'] as const

async function time(call: () => Promise<{ readonly status: number; readonly text: string }>): Promise<number> {
  const started = process.hrtime.bigint()
  const { status, text } = await call()
  const microseconds = Number(process.hrtime.bigint() - started) / 1000
  if (status !== 200) throw new Error(`A measured call was answered ${status}: ${text}`)
  return microseconds
}

export interface AuthorizationScale {
  readonly kind: keyof typeof budgets
  readonly fewMicroseconds: number
  readonly manyMicroseconds: number
  readonly ratio: number
  readonly budget: number
}

/**
 * Times authorising one call (right after authorization moved, so that permissions are loaded, and from memory) and listing the
 * assignments of a principal with five, among `few` and among `many` assignments of others; medians of `rounds`.
 */
export async function measureAuthorization(options: {
  readonly engine: string
  readonly few: number
  readonly many: number
  readonly rounds: number
}): Promise<readonly AuthorizationScale[]> {
  const worlds = [await openWorld(options.engine, options.few), await openWorld(options.engine, options.many)]
  try {
    const [few, many] = await measureWorlds(worlds, options.rounds)
    if (few === undefined || many === undefined) throw new Error('Nothing was measured.')
    return kinds.map((kind) => ({
      kind,
      fewMicroseconds: Math.round(few[kind]),
      manyMicroseconds: Math.round(many[kind]),
      ratio: Number((many[kind] / few[kind]).toFixed(3)),
      budget: budgets[kind],
    }))
  } finally {
    for (const { arm } of worlds) await arm.close()
  }
}
