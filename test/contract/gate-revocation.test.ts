import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { setPrincipalEnabled } from '#directory/principal-store.ts'
import { openPostgres } from '#storage/postgres/postgres-database.ts'
import { engines, fixedClock, type OpenEngine } from '../support/databases.ts'
import { createDatabase, postgresMissing } from '../support/postgres.ts'
import {
  countSteps,
  farAhead,
  GateHarness,
  longAgo,
  noteValue,
  once,
  revokeEverything,
  writeNotes,
} from './gate-harness.ts'

for (const engine of engines) {
  describe(`tokens that end before their time, on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    before(async () => {
      opened = await engine.open()
    })
    after(() => opened.close())
    const open = () => GateHarness.open(opened.database)

    describe('a token that is revoked', () => {
      test('after it was authenticated gets the challenge, one record of its own and no count', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const caller = await harness.caller(principal, longAgo)
        await revokeEverything(harness)
        const { operation, steps } = harness.readNote()
        const answer = await harness.invoke(operation, caller)
        assert.equal(answer.status, 401)
        assert.deepEqual(answer.body, {
          error: {
            code: 'Unauthorized',
            message: '[TokenRevoked] Error validating token: it has been revoked. Request a new one.',
          },
        })
        assert.equal(
          answer.headers['www-authenticate'],
          `Bearer authorization="https://login.microsoftonline.com/${harness.tenant}", resource="https://vault.azure.net"`,
        )
        assert.deepEqual(steps, ['parse'])
        assert.deepEqual(harness.refusals, [])
        const [record, ...more] = harness.records
        assert.deepEqual(more, [])
        assert.deepEqual([record?.status, record?.operationName], [401, 'Authentication'])
        assert.deepEqual([record?.own['decision'], record?.own['reason']], ['refused', 'revoked'])
      })

      test('while its call is under way brings no row', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const { operation, steps } = harness.readNote({ before: once(() => revokeEverything(harness)) })
        const answer = await harness.invoke(operation, await harness.caller(principal, longAgo))
        assert.equal(answer.status, 401)
        assert.ok(!answer.text.includes(noteValue))
        assert.deepEqual(countSteps(steps), { parse: 1, requirements: 1, prepare: 1, handle: 1 })
        assert.deepEqual(
          harness.records.map(({ own }) => own['reason']),
          ['revoked'],
        )
      })

      test('with its key withdrawn while its call is under way brings no row', async () => {
        const harness = await open()
        const withdraw = () => {
          harness.withdrawnKeys.add('key-1')
          return harness.moving('epoch', () => Promise.resolve())
        }
        const { operation } = harness.readNote({ before: once(withdraw) })
        const principal = await harness.reader()
        const answer = await harness.invoke(operation, await harness.caller(principal, farAhead))
        assert.equal(answer.status, 401)
        assert.ok(!answer.text.includes(noteValue))
        const other = await harness.caller(principal, { ...farAhead, keyId: 'key-2', epoch: 0 })
        assert.equal((await harness.invoke(operation, other)).status, 200)
      })

      test('while its write waits is not written', async () => {
        const harness = await open()
        const principal = await harness.writer()
        const { operation } = harness.writeNote({ prepare: once(() => revokeEverything(harness)) })
        const answer = await harness.invoke(operation, await harness.caller(principal, longAgo), 'changed')
        assert.equal(answer.status, 401)
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await harness.outbox(), [])
      })

      test('is not the one that was minted afterwards', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const caller = await harness.caller(principal, farAhead)
        await revokeEverything(harness)
        assert.equal((await harness.invoke(harness.readNote().operation, caller)).status, 200)
      })

      test('with its principal disabled is refused, though nobody asks for a right', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const caller = await harness.caller(principal, farAhead)
        await harness.moving('both', (writer) => setPrincipalEnabled(writer, principal, false))
        const { operation, steps } = harness.readNote({ required: 'filtered' })
        const answer = await harness.invoke(operation, caller)
        assert.equal(answer.status, 401)
        assert.deepEqual(steps, ['parse'])
        assert.deepEqual(
          harness.records.map(({ own }) => own['reason']),
          ['principal'],
        )
      })
    })

    test('a principal that the tenant does not have is denied, also right after the epoch was checked', async () => {
      const harness = await open()
      const stranger = trustGuid<PrincipalId>(randomGuid())
      const answer = await harness.invoke(harness.readNote().operation, stranger)
      assert.equal(answer.status, 403)
      assert.match(answer.text, /DecisionReason: 'PrincipalUnknown'/)
      assert.equal(harness.records[0]?.own['reason'], 'PrincipalUnknown')
    })
  })
}

describe('two server processes on one PostgreSQL', { skip: postgresMissing() }, () => {
  async function withTwo(work: (one: GateHarness, other: GateHarness) => Promise<void>): Promise<void> {
    const connectionString = await createDatabase()
    const openOne = () => openPostgres({ connectionString, clock: fixedClock(), logger: silentLogger })
    const databases = [await openOne(), await openOne()] as const
    try {
      const one = await GateHarness.open(databases[0])
      await work(one, one.beside(databases[1]))
    } finally {
      for (const database of databases) await database.close()
    }
  }

  test('a grant and a revocation through one hold at the next read of the other, caches warm', () =>
    withTwo(async (one, other) => {
      const principal = await one.user()
      const { operation } = other.readNote()
      for (let round = 0; round < 20; round++) {
        assert.equal((await other.invoke(operation, principal)).status, 403, `round ${round}`)
        const assignmentId = await one.grant(principal)
        assert.equal((await other.invoke(operation, principal)).status, 200, `round ${round}`)
        await one.revoke(assignmentId)
      }
      assert.equal(other.records.length, 40)
    }))

  test('a token that one revokes is refused by the other, which has not heard of it', () =>
    withTwo(async (one, other) => {
      const principal = await one.reader()
      const { operation } = other.readNote()
      const caller = await other.caller(principal, longAgo)
      assert.equal((await other.invoke(operation, caller)).status, 200)
      await revokeEverything(one)
      assert.equal((await other.invoke(operation, caller)).status, 401)
    }))

  test('a right that goes while a write is under way takes the write with it', () =>
    withTwo(async (one, other) => {
      const principal = await one.user()
      const assignmentId = await one.grant(principal, 'keyVaultSecretsOfficer')
      const { operation, steps } = other.writeNote({ after: once(() => one.revoke(assignmentId)) })
      const answer = await other.invoke(operation, principal, 'changed')
      assert.equal(answer.status, 403)
      assert.deepEqual(countSteps(steps), {
        parse: 1,
        requirements: 2,
        prepare: 1,
        handle: 1,
        respond: 1,
        'view of output': 1,
        view: 1,
      })
      assert.equal(await one.note(), noteValue)
      assert.deepEqual(await one.outbox(), [])
      assert.deepEqual(
        other.records.map(({ own }) => [own['decision'], own['action']]),
        [['deny', writeNotes.name]],
      )
    }))
})
