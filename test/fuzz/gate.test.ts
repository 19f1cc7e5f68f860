import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { deleteRoleAssignment } from '#authorization/role-assignment-store.ts'
import type { Guid, PrincipalId } from '#base/ids.ts'
import { assignRole, GateHarness, type Hooks, noteValue } from '../contract/gate-harness.ts'
import { engines, type OpenEngine } from '../support/databases.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
console.log(`gate fuzz seed: ${seed} (FUZZ_SEED=${seed} repeats this run)`)

/** A call or a change of rights; each begins some turns after the one before it has begun, whether that has ended or not. */
interface Step {
  readonly kind: 'read' | 'write' | 'grant' | 'revoke'
  readonly who: 0 | 1
  /** Turns of the event loop before it begins. */
  readonly gap: number
  /** Turns of the event loop: before the decision, before the rows, after the rows. */
  readonly pauses: readonly [number, number, number]
}

const pause = fc.nat({ max: 3 })
const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('read', 'read', 'write', 'grant', 'grant', 'revoke'),
    who: fc.constantFrom(0, 1),
    gap: fc.nat({ max: 6 }),
    pauses: fc.tuple(pause, pause, pause),
  }),
  { minLength: 5, maxLength: 30 },
)

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function hooksOf([first, second, third]: Step['pauses']): Hooks {
  return {
    requirements: () => turns(first),
    before: () => turns(second),
    after: () => turns(third),
  }
}

/** Who may at each generation, written down inside the transaction that makes the generation. */
class Rights {
  readonly #harness: GateHarness
  readonly #who: readonly [PrincipalId, PrincipalId]
  readonly #at = new Map<number, readonly [Guid | undefined, Guid | undefined]>()

  constructor(harness: GateHarness, who: readonly [PrincipalId, PrincipalId]) {
    this.#harness = harness
    this.#who = who
    this.#at.set(this.generation, [undefined, undefined])
  }

  get generation(): number {
    const known = this.#harness.database.knownFreshness(this.#harness.tenant)
    assert.ok(known !== undefined)
    return known.generation
  }

  /** What the right of `who` was at some time between two generations. */
  between(who: 0 | 1, from: number, until: number): ReadonlySet<boolean> {
    const seen = new Set<boolean>()
    for (let generation = from; generation <= until; generation++) seen.add(this.#held(generation)[who] !== undefined)
    return seen
  }

  async change(who: 0 | 1, granted: boolean): Promise<void> {
    const { scope } = this.#harness.place
    await this.#harness.moving('generation', async (writer) => {
      const held = this.#held(writer.freshness.generation)
      let assignment = held[who]
      if (granted) {
        assignment ??= await assignRole(writer, { principalId: this.#who[who], role: 'keyVaultSecretsOfficer', scope })
      } else if (assignment !== undefined) {
        await deleteRoleAssignment(writer, scope, assignment)
        assignment = undefined
      }
      this.#at.set(writer.freshness.generation + 1, who === 0 ? [assignment, held[1]] : [held[0], assignment])
    })
  }

  #held(generation: number): readonly [Guid | undefined, Guid | undefined] {
    const held = this.#at.get(generation)
    assert.ok(held !== undefined, `nothing is known of generation ${generation}`)
    return held
  }
}

describe('the gate', () => {
  let opened: OpenEngine
  before(async () => {
    const sqlite = engines.find((engine) => engine.name === 'sqlite')
    assert.ok(sqlite !== undefined)
    opened = await sqlite.open()
  })
  after(() => opened.close())

  test('answers each call as the rights were at some time between its start and its end', async () => {
    const seen = { allowed: 0, denied: 0, repeated: 0 }
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const harness = await GateHarness.open(opened.database)
        const who = [await harness.user(), await harness.user()] as const
        const rights = new Rights(harness, who)
        const values = new Set([noteValue])
        let calls = 0
        let written = 0

        async function call({ kind, who: at, pauses }: Step): Promise<void> {
          const text = `value ${calls++}`
          const hooks = hooksOf(pauses)
          const traced = kind === 'write' ? harness.writeNote(hooks) : harness.readNote(hooks)
          const caller = await harness.caller(who[at])
          if (kind === 'write') values.add(JSON.stringify(text))
          const from = rights.generation
          const answer = await harness.invoke(traced.operation, caller, text)
          const until = rights.generation
          const possible = rights.between(at, from, until)
          const handled = traced.steps.filter((step) => step === 'handle').length
          if (handled > 1) seen.repeated++
          switch (answer.status) {
            case 200: {
              seen.allowed++
              if (kind === 'write') written++
              assert.ok(possible.has(true), 'allowed, though the right was never there meanwhile')
              assert.ok(values.has(String(Object(answer.body).value)), answer.text)
              break
            }
            case 403:
              seen.denied++
              assert.ok(possible.has(false), 'denied, though the right was there all the time')
              break
            default:
              assert.fail(answer.text)
          }
          assert.ok(handled <= 3)
          assert.ok(traced.steps.filter((step) => step === 'prepare').length <= 1)
        }

        const underWay: Promise<void>[] = []
        for (const step of plan) {
          await turns(step.gap)
          if (step.kind === 'read' || step.kind === 'write') underWay.push(call(step))
          else underWay.push(rights.change(step.who, step.kind === 'grant'))
        }
        const outcomes = await Promise.allSettled(underWay)
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason

        assert.equal(harness.records.length, calls)
        assert.equal((await harness.outbox()).length, written)
        assert.deepEqual(
          harness.logged.map(({ message }) => message),
          [],
        )
      }),
      { seed, numRuns: 150 },
    )
    console.log(`gate fuzz outcomes: ${JSON.stringify(seen)}`)
    // The plans must not be so tame that one answer is always right, or that nothing ever moves under a call.
    for (const outcome of ['allowed', 'denied', 'repeated'] as const) assert.ok(seen[outcome] > 5, JSON.stringify(seen))
  })
})
