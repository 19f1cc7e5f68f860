import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ServiceError } from '#base/errors.ts'
import type { GateDependencies } from '#operation/invoke.ts'
import { Released } from '#operation/release.ts'
import { testRecord } from '../support/audit-logs.ts'
import { engines, type OpenEngine } from '../support/databases.ts'
import { sampleFacts } from '../support/vault-fixtures.ts'
import { GateHarness, noteValue } from './gate-harness.ts'
import { auditUnavailableBody, readRecord, ScriptedLog } from './gate-scripted-log.ts'

/** Lets everything go on that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const allSteps = ['parse', 'requirements', 'prepare', 'handle', 'respond', 'view of output']

describe('the log of these tests', () => {
  test('gives consecutive places, and a settled record its first one again', async () => {
    const log = new ScriptedLog()
    const record = testRecord()
    assert.equal((await log.append(testRecord())).sequence, 0)
    assert.equal((await log.settle(record)).sequence, 1)
    assert.equal((await log.settle(record)).sequence, 1)
    assert.equal(log.records.length, 2)
  })

  test('refuses as a stopped log does, and then keeps nothing', async () => {
    const log = new ScriptedLog()
    const isUnavailable = (error: unknown) => error instanceof ServiceError && error.code === 'AuditUnavailable'
    log.refuse('settle')
    await assert.rejects(log.settle(testRecord()), isUnavailable)
    await log.append(testRecord())
    log.refuse('all')
    await assert.rejects(log.append(testRecord()), isUnavailable)
    assert.equal(log.records.length, 1)
  })

  test('a record that is held back is not in it', async () => {
    const log = new ScriptedLog()
    const arrived = log.hold()
    const receipt = log.append(testRecord())
    await arrived
    assert.equal(log.records.length, 0)
    log.release()
    assert.equal((await receipt).sequence, 0)
  })
})

for (const engine of engines) {
  describe(`the gate on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    before(async () => {
      opened = await engine.open()
    })
    after(() => opened.close())
    const open = (change: Partial<GateDependencies> = {}) => GateHarness.open(opened.database, change)

    describe('a read', () => {
      test('runs its steps in order, and its record names principal, action, scope and assignment', async () => {
        const harness = await open()
        const principal = await harness.user()
        const assignmentId = await harness.grant(principal)
        const { operation, steps } = harness.readNote()
        const answer = await harness.invoke(operation, principal)
        assert.equal(answer.status, 200)
        assert.deepEqual(answer.body, { value: noteValue })
        assert.deepEqual(steps, allSteps)
        assert.equal(answer.receipt?.sequence, 0)
        const [record, ...more] = harness.records
        assert.deepEqual(more, [])
        assert.equal(record?.status, 200)
        assert.equal(record.description, undefined)
        assert.equal(record.operationName, 'NoteOperation')
        assert.equal(record.requestUri, 'https://kv1.vault.azure.net/notes')
        assert.equal(record.resourceId, harness.place.scope.path.toUpperCase())
        const { id, ...own } = record.own
        assert.equal(id, harness.log.records[0]?.id)
        assert.deepEqual(own, {
          tenant: harness.tenant,
          principal,
          surface: 'vault',
          operation: 'getNote',
          action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
          scope: harness.place.scope.path,
          decision: 'allow',
          assignmentId,
        })
        assert.ok(!String(harness.log.records[0]?.body).includes(noteValue))
      })

      test('its value leaves only after the record is durable', async () => {
        const harness = await open()
        const principal = await harness.reader()
        const arrived = harness.log.hold()
        let left = false
        const answer = harness.invoke(harness.readNote().operation, principal).then((answered) => {
          left = true
          return answered
        })
        await arrived
        await turns()
        assert.deepEqual([left, harness.records.length], [false, 0])
        harness.log.release()
        assert.equal((await answer).status, 200)
        assert.equal(harness.records.length, 1)
      })

      test('that cannot be recorded answers 503 without the value', async () => {
        const harness = await open()
        const principal = await harness.reader()
        harness.log.refuse('all')
        const { operation, steps } = harness.readNote()
        const answer = await harness.invoke(operation, principal)
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, auditUnavailableBody)
        assert.equal(answer.headers['retry-after'], '1')
        assert.equal(answer.receipt, undefined)
        assert.ok(!JSON.stringify(answer).includes(noteValue))
        assert.deepEqual(steps, allSteps)
        assert.deepEqual(harness.records, [])
      })

      test('whose record cannot be made answers 503 without the value', async () => {
        const harness = await open()
        const view = () => {
          throw new TypeError(`no view of ${noteValue}`)
        }
        const answer = await harness.invoke(harness.readNote({ view }).operation, await harness.reader())
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, {
          error: { code: 'AuditUnavailable', message: 'The service cannot record this request at the moment.' },
        })
        assert.deepEqual(harness.records, [])
      })
    })

    describe('a denial', () => {
      test('calls no handler, says what was missing and is recorded with action and scope', async () => {
        const harness = await open()
        const principal = await harness.user()
        for (const { operation, steps } of [harness.readNote(), harness.writeNote()]) {
          const answer = await harness.invoke(operation, principal, 'changed')
          assert.equal(answer.status, 403)
          const action = operation.access === 'read' ? 'getSecret' : 'setSecret'
          const { path } = harness.place.scope
          const lines = [
            'Caller is not authorized to perform action on resource.',
            'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
            `Caller: appid=66666666-6666-4666-8666-666666666666;oid=${principal};iss=https://sts.windows.net/${harness.tenant}/`,
            `Action: 'Microsoft.KeyVault/vaults/secrets/${action}/action'`,
            `Resource: '${path}'`,
            'Assignment: (not found)',
            'DenyAssignmentId: null',
            'DecisionReason: null ',
            'Vault: kv1;location=westeurope',
            '',
          ]
          const message = lines.join('\r\n')
          assert.deepEqual(answer.body, {
            error: { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } },
          })
          assert.deepEqual(steps, ['parse', 'requirements', 'view'])
          const record = harness.records.at(-1)
          assert.equal(record?.status, 403)
          assert.equal(record.description, message)
          assert.equal(record.own['decision'], 'deny')
          assert.equal(record.own['reason'], 'NoAssignment')
          assert.equal(record.own['action'], `Microsoft.KeyVault/vaults/secrets/${action}/action`)
          assert.equal(record.own['scope'], path)
          assert.equal(record.own['principal'], principal)
        }
        assert.equal(harness.records.length, 2)
        assert.equal(await harness.note(), noteValue)
      })

      test('is given only after its record is durable', async () => {
        const harness = await open()
        const arrived = harness.log.hold()
        let left = false
        const answer = harness.invoke(harness.readNote().operation, await harness.user()).then((answered) => {
          left = true
          return answered
        })
        await arrived
        await turns()
        assert.equal(left, false)
        harness.log.release()
        assert.equal((await answer).status, 403)
      })

      test('that cannot be recorded is a 503', async () => {
        const harness = await open()
        harness.log.refuse('all')
        const answer = await harness.invoke(harness.readNote().operation, await harness.user())
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, auditUnavailableBody)
      })
    })

    describe('a write', () => {
      test('stands in the outbox of its lane when it is committed, and leaves when it is in the log', async () => {
        const harness = await open()
        const principal = await harness.writer()
        const arrived = harness.log.hold()
        let left = false
        const answer = harness.invoke(harness.writeNote().operation, principal, 'changed').then((answered) => {
          left = true
          return answered
        })
        await arrived
        await turns()
        assert.equal(left, false)
        assert.equal(await harness.note(), '"changed"')
        const [row, ...more] = await harness.outbox()
        assert.deepEqual(more, [])
        assert.equal(row?.lane, harness.log.lane)
        assert.equal(row.record.status, 200)
        assert.equal(row.record.own['decision'], 'allow')
        harness.log.release()
        assert.equal((await answer).status, 200)
        assert.deepEqual(harness.records, [row.record])
        assert.ok(!harness.log.records[0]?.body.includes('changed'))
      })

      test('whose outbox row cannot be written is not done', async () => {
        const insert = () => Promise.reject(new TypeError('the outbox is gone'))
        const harness = await open({ outbox: { insert } })
        const { operation, steps } = harness.writeNote()
        const answer = await harness.invoke(operation, await harness.writer(), 'changed')
        assert.equal(answer.status, 500)
        assert.deepEqual(steps, [...allSteps, 'view'])
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await harness.outbox(), [])
        assert.deepEqual(
          harness.records.map(({ status }) => status),
          [500],
        )
      })

      test('whose handler fails is rolled back, and the failure is recorded', async () => {
        const harness = await open()
        const broken = new ServiceError('conflict', 'NoteTaken', 'The note is taken.')
        const { operation, steps } = harness.writeNote({ after: () => Promise.reject(broken) }, 'generation')
        const principal = await harness.writer()
        const generation = await harness.database.currentFreshness(harness.tenant)
        const answer = await harness.invoke(operation, principal, 'changed')
        assert.equal(answer.status, 409)
        assert.deepEqual(answer.body, { error: { code: 'NoteTaken', message: 'The note is taken.' } })
        assert.deepEqual(steps, ['parse', 'requirements', 'prepare', 'handle', 'view'])
        assert.equal(await harness.note(), noteValue)
        assert.deepEqual(await harness.outbox(), [])
        assert.deepEqual(await harness.database.currentFreshness(harness.tenant), generation)
        const [record, ...more] = harness.records
        assert.deepEqual(more, [])
        assert.deepEqual([record?.status, record?.description], [409, 'The note is taken.'])
        assert.equal(record?.own['decision'], 'allow')
      })

      test('whose answer or record cannot be made is rolled back', async () => {
        const harness = await open()
        const principal = await harness.writer()
        const broken = () => {
          throw new TypeError('broken')
        }
        for (const hooks of [{ respond: broken }, { view: broken }]) {
          const answer = await harness.invoke(harness.writeNote(hooks).operation, principal, 'changed')
          assert.ok(answer.status >= 500)
          assert.equal(await harness.note(), noteValue)
          assert.deepEqual(await harness.outbox(), [])
        }
      })

      test('that is committed and cannot be appended answers 503; its record waits in the outbox and nowhere else', async () => {
        const harness = await open()
        harness.log.refuse('settle')
        const answer = await harness.invoke(harness.writeNote().operation, await harness.writer(), 'changed')
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, auditUnavailableBody)
        assert.ok(!answer.text.includes('changed'))
        assert.equal(await harness.note(), '"changed"')
        assert.deepEqual(harness.records, [])
        const [row] = await harness.outbox()
        assert.deepEqual([row?.record.status, row?.record.own['operation']], [200, 'setNote'])
      })

      test('is not even begun by those who may only read', async () => {
        const harness = await open()
        const { operation, steps } = harness.writeNote()
        assert.equal((await harness.invoke(operation, await harness.reader(), 'changed')).status, 403)
        assert.ok(!steps.includes('prepare') && !steps.includes('handle'))
        assert.equal(await harness.note(), noteValue)
      })
    })

    test('a call that a stopped log could not record is not begun at all', async () => {
      const harness = await open()
      const principal = await harness.writer()
      harness.log.stop()
      for (const { operation, steps } of [harness.readNote(), harness.writeNote()]) {
        const answer = await harness.invoke(operation, principal, 'changed')
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, {
          error: { code: 'AuditUnavailable', message: 'The service cannot record this request at the moment.' },
        })
        assert.equal(answer.headers['retry-after'], '1')
        assert.deepEqual(steps, [])
      }
      assert.equal(await harness.note(), noteValue)
      assert.deepEqual([await harness.outbox(), harness.logged], [[], []])
    })

    test('nobody but the gate makes an answer that may leave', () => {
      for (const key of [undefined, Symbol('released'), Symbol.for('released'), 'released']) {
        assert.throws(() => Reflect.construct(Released, [key, { status: 200, body: noteValue }, undefined]), TypeError)
      }
    })

    test('the record of every call has an id of its own, though the requests are the same', async () => {
      const harness = await open()
      const principal = await harness.reader()
      const { operation } = harness.readNote()
      for (let call = 0; call < 3; call++) await harness.invoke(operation, principal)
      const ids = new Set(harness.log.records.map((record) => String(readRecord(record).own['id'])))
      assert.equal(ids.size, 3)
      assert.ok(!ids.has(sampleFacts.requestId))
    })
  })
}
