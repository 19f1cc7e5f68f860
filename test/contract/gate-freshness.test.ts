import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { action } from '#authorization/decision.ts'
import { deleteRoleAssignment } from '#authorization/role-assignment-store.ts'
import { type Guid, type PrincipalId, type SubscriptionId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import { createSubscription } from '#directory/tenant-store.ts'
import type { Operation } from '#operation/operation.ts'
import type { Reader } from '#storage/database.ts'
import { engines, type OpenEngine } from '../support/databases.ts'
import { assignRole, countSteps, GateHarness, longAgo, noteValue, once, revokeEverything } from './gate-harness.ts'

/** Resolves for everybody when `count` have asked. */
function barrier(count: number): () => Promise<void> {
  let waiting = 0
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    if (++waiting >= count) open()
    return opened
  }
}

for (const engine of engines) {
  describe(`what the gate decides on, on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    before(async () => {
      opened = await engine.open()
    })
    after(() => opened.close())
    const open = () => GateHarness.open(opened.database)

    describe('a grant', () => {
      test('holds from the next call on, and a revocation too', async () => {
        const harness = await open()
        const principal = await harness.user()
        const { operation } = harness.readNote()
        for (let round = 0; round < 5; round++) {
          assert.equal((await harness.invoke(operation, principal)).status, 403)
          const assignmentId = await harness.grant(principal)
          assert.equal((await harness.invoke(operation, principal)).status, 200)
          await harness.revoke(assignmentId)
        }
      })

      test('made while a denial was being decided from memory is seen before the denial is given', async () => {
        const harness = await open()
        const principal = await harness.user()
        const { operation, steps } = harness.readNote({ requirements: once(() => harness.grant(principal)) })
        const answer = await harness.invoke(operation, principal)
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.body, { value: noteValue })
        assert.equal(countSteps(steps)['requirements'], 2)
        assert.deepEqual(
          harness.records.map(({ status, own }) => [status, own['decision']]),
          [[200, 'allow']],
        )
      })
    })

    describe('a revocation after the decision', () => {
      test('keeps the rows from a read that has not seen them yet', async () => {
        const harness = await open()
        const principal = await harness.user()
        const assignmentId = await harness.grant(principal)
        const { operation, steps } = harness.readNote({ before: once(() => harness.revoke(assignmentId)) })
        const answer = await harness.invoke(operation, principal)
        assert.equal(answer.status, 403)
        assert.ok(!answer.text.includes(noteValue))
        assert.deepEqual(countSteps(steps), { parse: 1, requirements: 2, prepare: 1, handle: 1, view: 1 })
        assert.deepEqual(
          harness.records.map(({ status, own }) => [status, own['decision']]),
          [[403, 'deny']],
        )
      })

      test('keeps the rows of the query builder back as well', async () => {
        const harness = await open()
        const principal = await harness.user()
        const assignmentId = await harness.grant(principal)
        let seen: unknown
        const revokeThenQuery = async (transaction: Reader) => {
          await harness.revoke(assignmentId)
          seen = await transaction.kysely.selectFrom('installation').selectAll().execute()
        }
        const answer = await harness.invoke(harness.readNote({ before: revokeThenQuery }).operation, principal)
        assert.equal(answer.status, 403)
        assert.equal(seen, undefined)
      })

      test('keeps a write from being done', async () => {
        const harness = await open()
        const principal = await harness.user()
        const assignmentId = await harness.grant(principal, 'keyVaultSecretsOfficer')
        const { operation, steps } = harness.writeNote({ prepare: once(() => harness.revoke(assignmentId)) })
        const answer = await harness.invoke(operation, principal, 'changed')
        assert.equal(answer.status, 403)
        assert.deepEqual(countSteps(steps), { parse: 1, requirements: 2, prepare: 1, view: 1 })
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await harness.outbox(), [])
      })

      test('that concerns somebody else costs a second decision and no second preparation', async () => {
        const harness = await open()
        const other = await harness.user()
        const assignmentId = await harness.grant(other)
        const { operation, steps } = harness.readNote({ before: once(() => harness.revoke(assignmentId)) })
        const answer = await harness.invoke(operation, await harness.reader())
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.body, { value: noteValue })
        assert.deepEqual(countSteps(steps), {
          parse: 1,
          requirements: 2,
          prepare: 1,
          handle: 2,
          respond: 1,
          'view of output': 1,
        })
        assert.equal(harness.records.length, 1)
      })
    })

    describe('the last try', () => {
      test('reads principal, assignments and object in one snapshot, so that moving counters cannot starve it', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const { operation, steps } = harness.readNote({ before: () => harness.touch() })
        const answer = await harness.invoke(operation, principal)
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.body, { value: noteValue })
        assert.deepEqual([countSteps(steps)['handle'], countSteps(steps)['prepare']], [3, 1])
        assert.equal(harness.records.length, 1)
      })

      test('of a write holds the counters still until it is committed', async () => {
        const harness = await open()
        const principal = await harness.writer()
        let other: Promise<void> = Promise.resolve()
        let moved = false
        let movedInside: boolean | undefined
        const { operation, steps } = harness.writeNote({
          requirements: () => harness.touch(),
          async before(transaction) {
            other = harness.touch().then(() => {
              moved = true
            })
            for (let statement = 0; statement < 20; statement++) {
              await transaction.kysely.selectFrom('installation').selectAll().limit(1).execute()
            }
            movedInside = moved
          },
        })
        const answer = await harness.invoke(operation, principal, 'changed')
        await other
        assert.equal(answer.status, 200)
        assert.deepEqual([movedInside, moved], [false, true])
        assert.deepEqual(countSteps(steps), {
          parse: 1,
          requirements: 3,
          prepare: 1,
          handle: 1,
          respond: 1,
          'view of output': 1,
        })
        assert.equal(await harness.note(), '"changed"')
      })

      test('that denies a write moves no counter and leaves no trace but its record', async () => {
        const harness = await open()
        const principal = await harness.user()
        const { operation, steps } = harness.writeNote({ requirements: () => harness.touch() }, 'generation')
        const { generation } = await harness.database.currentFreshness(harness.tenant)
        const answer = await harness.invoke(operation, principal, 'changed')
        assert.equal(answer.status, 403)
        assert.deepEqual(countSteps(steps), { parse: 1, requirements: 3, view: 1 })
        assert.equal((await harness.database.currentFreshness(harness.tenant)).generation, generation + 3)
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await harness.outbox(), [])
        assert.equal(harness.records.length, 1)
      })

      test('that meets a revoked token moves no counter either', async () => {
        const harness = await open()
        const principal = await harness.writer()
        const moves = [() => harness.touch(), () => harness.touch(), () => revokeEverything(harness)]
        const { operation } = harness.writeNote({ requirements: () => moves.shift()?.() }, 'generation')
        const { generation, epoch } = await harness.database.currentFreshness(harness.tenant)
        const answer = await harness.invoke(operation, await harness.caller(principal, longAgo), 'changed')
        assert.equal(answer.status, 401)
        assert.deepEqual(await harness.database.currentFreshness(harness.tenant), {
          generation: generation + 2,
          epoch: epoch + 1,
        })
        assert.equal(await harness.note(), noteValue)
      })

      test('that is the first to allow prepares outside of its transaction, and decides once more', async () => {
        for (const kind of ['read', 'write'] as const) {
          const harness = await open()
          const principal = await harness.user()
          const moves = [
            () => harness.touch(),
            () => harness.touch(),
            () => harness.grant(principal, 'keyVaultSecretsOfficer'),
          ]
          let written = Promise.resolve()
          const hooks = {
            requirements: async () => void (await moves.shift()?.()),
            // Would wait for itself inside a write transaction.
            prepare: () => (written = harness.touch()),
          }
          const { operation, steps } =
            kind === 'read' ? harness.readNote(hooks) : harness.writeNote(hooks, 'generation')
          const answer = await harness.invoke(operation, principal, 'changed')
          await written
          assert.equal(answer.status, 200, answer.text)
          assert.deepEqual(countSteps(steps), {
            parse: 1,
            requirements: 4,
            prepare: 1,
            handle: 1,
            respond: 1,
            'view of output': 1,
          })
          assert.deepEqual(
            harness.records.map(({ status }) => status),
            [200],
          )
        }
      })

      test('does not let in who lost the right while it prepared', async () => {
        for (const kind of ['read', 'write'] as const) {
          const harness = await open()
          const principal = await harness.user()
          let assignmentId: Guid | undefined
          const grant = async () => {
            assignmentId = await harness.grant(principal, 'keyVaultSecretsOfficer')
          }
          const moves = [() => harness.touch(), () => harness.touch(), grant]
          const hooks = {
            requirements: () => moves.shift()?.(),
            prepare: async () => {
              assert.ok(assignmentId !== undefined)
              await harness.revoke(assignmentId)
            },
          }
          const { operation, steps } = kind === 'read' ? harness.readNote(hooks) : harness.writeNote(hooks)
          const answer = await harness.invoke(operation, principal, 'changed')
          assert.equal(answer.status, 403)
          assert.ok(steps.includes('prepare') && !steps.includes('handle'))
          assert.equal(await harness.note(), noteValue)
        }
      })
    })

    describe('two owners who remove each other', () => {
      const scopeOf = (subscription: SubscriptionId) => `/subscriptions/${subscription}`

      async function ownersOf(harness: GateHarness): Promise<{
        readonly owners: readonly [PrincipalId, PrincipalId]
        readonly remove: (assignment: Guid, prepare: () => Promise<void>) => Operation
        readonly assignments: readonly [Guid, Guid]
      }> {
        const subscription = trustGuid<SubscriptionId>(randomGuid())
        await harness.database.system('write', (kysely) =>
          createSubscription(kysely, {
            id: subscription,
            tenant: harness.tenant,
            displayName: 'Test',
            createdAt: new Date(0),
          }),
        )
        const path = scopeOf(subscription)
        const scope = { segments: path.slice(1).split('/'), path }
        const own = (principalId: PrincipalId) =>
          harness.moving('generation', (writer) => assignRole(writer, { principalId, role: 'owner', scope }))
        const owners = [await harness.user(), await harness.user()] as const
        const assignments = [await own(owners[0]), await own(owners[1])] as const
        const remove = (assignment: Guid, prepare: () => Promise<void>): Operation => {
          const operation: Operation<undefined, undefined, string> = {
            id: 'removeOwner',
            method: 'DELETE',
            path: '/owners',
            since: '7.0',
            access: 'write',
            moves: 'generation',
            parse: () => undefined,
            requirements: () => [{ anyOf: [action('Microsoft.Authorization/roleAssignments/delete')], scope }],
            prepare: async () => {
              await prepare()
              return undefined
            },
            handle: async ({ transaction }) =>
              (await deleteRoleAssignment(transaction, scope, assignment)) === undefined ? 'nothing' : 'removed',
            respond: (value) => ({ status: 200, body: JSON.stringify({ value }) }),
            audit: { operationName: 'OwnerRemove', view: () => ({ requestUri: '' }) },
          }
          return operation
        }
        return { owners, remove, assignments }
      }

      test('cannot both succeed: the later one has lost its right', async () => {
        for (let round = 0; round < 5; round++) {
          const harness = await open()
          const { owners, remove, assignments } = await ownersOf(harness)
          const bothAllowed = barrier(2)
          const answers = await Promise.all([
            harness.invoke(remove(assignments[1], bothAllowed), owners[0]),
            harness.invoke(remove(assignments[0], bothAllowed), owners[1]),
          ])
          assert.deepEqual(
            answers.map(({ status }) => status).toSorted((left, right) => left - right),
            [200, 403],
          )
          const left = await harness.database.read({ tenant: harness.tenant }, (reader) =>
            reader.kysely.selectFrom('role_assignment').select('principal_id').execute(),
          )
          const winner = owners[answers[0]?.status === 200 ? 0 : 1]
          assert.deepEqual(
            left.map((row) => row.principal_id).filter((id) => owners.some((owner) => owner === id)),
            [winner],
          )
          assert.deepEqual(
            harness.records.map(({ status }) => status).toSorted((left, right) => left - right),
            [200, 403],
          )
        }
      })
    })
  })
}
