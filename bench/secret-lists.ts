/**
 * `node bench/secret-lists.ts`: what the number of a vault's secrets costs a page of their list, with direct calls of the gate.
 * Prints medians and ratios as JSON and fails when a ratio is over its budget. `--few N`, `--many N` (multiples of a page's 25),
 * `--rounds N`, `--engine sqlite | postgres`.
 */
import { parseArgs } from 'node:util'
import type { PrincipalId } from '#base/ids.ts'
import { randomBytes } from '#base/random.ts'
import { ArmHarness } from '../test/contract/arm-harness.ts'
import { DataPlane, makeVault } from '../test/contract/data-plane.ts'
import { engines } from '../test/support/databases.ts'
import { median } from './load.ts'

const { values: flags } = parseArgs({
  options: {
    few: { type: 'string', default: '100' },
    many: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '500' },
    engine: { type: 'string', default: 'sqlite' },
  },
})
/** Largest ratio of a page's time among many secrets to its time among few. */
const budget = 1.5
const pageSize = 25
const rowsAtOnce = 1000
const vault = 'kv-lists'
const pages = ['first', 'middle', 'last'] as const
type PageName = (typeof pages)[number]

/** A vault with this many secrets, in a database of its own, and the page tokens by which pages are asked for. */
interface World {
  readonly arm: ArmHarness
  readonly plane: DataPlane
  readonly reader: PrincipalId
  readonly tokens: Readonly<Record<PageName, string>>
}

const worlds: World[] = []
try {
  for (const count of [Number(flags.few), Number(flags.many)]) worlds.push(await openWorld(count))
  const [few, many] = await measureWorlds(Number(flags.rounds))
  if (few === undefined || many === undefined) throw new Error('Nothing was measured.')
  const measured = pages.map((page) => ({
    page,
    fewMicroseconds: Math.round(few[page]),
    manyMicroseconds: Math.round(many[page]),
    ratio: Number((many[page] / few[page]).toFixed(3)),
    budget,
  }))
  const { engine, few: fewSecrets, many: manySecrets, rounds } = flags
  console.log(JSON.stringify({ engine, few: fewSecrets, many: manySecrets, rounds, measured }, null, 2))
  if (measured.some(({ ratio }) => ratio > budget)) process.exitCode = 1
} finally {
  for (const { arm, plane } of worlds) {
    plane.close()
    await arm.close()
  }
}

async function openWorld(count: number): Promise<World> {
  const engine = engines.find(({ name }) => name === flags.engine)
  if (engine === undefined || engine.skip !== false) throw new Error(`There is no engine '${flags.engine}' here.`)
  const arm = await ArmHarness.open(engine)
  const plane = await DataPlane.open(arm)
  await makeVault(arm, vault)
  await fill(arm, (await plane.place(vault)).id, count)
  const reader = await arm.user([['keyVaultSecretsUser', arm.path()]])
  return { arm, plane, reader, tokens: await tokensOf({ arm, plane, reader }, count) }
}

async function fill(arm: ArmHarness, vaultId: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += rowsAtOnce) {
    const rows = Array.from({ length: Math.min(rowsAtOnce, count - at) }, (_, row) => ({
      key: {
        tenant_id: arm.tenant,
        vault_id: vaultId,
        name_canonical: `secret-${String(at + row).padStart(9, '0')}`,
      },
      version: randomBytes(16).toString('hex'),
    }))
    await arm.database.write({ tenant: arm.tenant }, async ({ kysely }) => {
      await kysely
        .insertInto('secret')
        .values(
          rows.map(({ key, version }) => ({
            ...key,
            name: key.name_canonical,
            latest_version: version,
            latest_ordinal: 1,
            state: 'active',
            revision: 1,
            created_at: 0,
          })),
        )
        .execute()
      await kysely
        .insertInto('secret_version')
        .values(
          rows.map(({ key, version }) => ({
            ...key,
            version,
            ordinal: 1,
            // As long as a short value's; a list opens none.
            sealed_key: randomBytes(76),
            sealed_value: randomBytes(64),
            content_type: 'text/plain',
            tags_json: '{"owner":"bench"}',
            enabled: 1,
            not_before_seconds: null,
            expires_seconds: null,
            previous_version: null,
            created_at: 0,
            updated_at: 0,
            revision: 1,
          })),
        )
        .execute()
    })
  }
}

/** Walks the whole list as a client does, and keeps the tokens of the middle page and the last one. */
async function tokensOf(world: Omit<World, 'tokens'>, count: number): Promise<World['tokens']> {
  const found = ['']
  for (let token: string | undefined = ''; token !== undefined; ) {
    const { items, next } = await listPage(world, token)
    if (items !== pageSize) throw new Error(`Page ${found.length} has ${items} items.`)
    token = next
    if (token !== undefined) found.push(token)
  }
  if (found.length * pageSize !== count) throw new Error(`The list has ${found.length} pages of ${count} secrets.`)
  return { first: '', middle: found[found.length >> 1] ?? '', last: found.at(-1) ?? '' }
}

async function listPage(
  { plane, reader }: Omit<World, 'tokens'>,
  token: string,
): Promise<{ readonly items: number; readonly next: string | undefined }> {
  const query = token === '' ? {} : { $skiptoken: token }
  const { status, text, body } = await plane.call(vault, 'GET', '/secrets', { as: reader, query })
  if (status !== 200) throw new Error(`A page was answered ${status}: ${text}`)
  const next = body.nextLink === null ? undefined : new URL(body.nextLink).searchParams.get('$skiptoken')
  return { items: body.value.length, next: next ?? undefined }
}

/** Median microseconds of each page in each world, taken in turns so that both see the same machine. */
async function measureWorlds(rounds: number): Promise<readonly Record<PageName, number>[]> {
  const taken = worlds.map(() => ({ first: [] as number[], middle: [] as number[], last: [] as number[] }))
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    for (const page of pages) {
      for (const [at, world] of worlds.entries()) {
        const started = process.hrtime.bigint()
        await listPage(world, world.tokens[page])
        if (round >= 0) taken[at]?.[page].push(Number(process.hrtime.bigint() - started) / 1000)
      }
    }
  }
  return taken.map(({ first, middle, last }) => ({
    first: median(first),
    middle: median(middle),
    last: median(last),
  }))
}
