import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TokenRefusal } from '#authentication/caller.ts'
import { ServiceError } from '#base/errors.ts'
import type { GateDependencies } from '#operation/invoke.ts'
import type { Operation, Refusal } from '#operation/operation.ts'
import { type Reader, StaleDecision } from '#storage/database.ts'
import { engines, type OpenEngine } from '../support/databases.ts'
import { sampleFacts } from '../support/vault-fixtures.ts'
import { GateHarness, noteValue, readNotes, writeNotes } from './gate-harness.ts'
import { ScriptedLog } from './gate-scripted-log.ts'

const canary = 'canary-8d1f0c77'
const failedSentence = `The request failed. Request id: ${sampleFacts.requestId}.`
const failedBody = { error: { code: 'InternalServerError', message: failedSentence } }

for (const engine of engines) {
  describe(`what the gate answers, on ${engine.name}`, { skip: engine.skip }, () => {
    let opened: OpenEngine
    before(async () => {
      opened = await engine.open()
    })
    after(() => opened.close())
    const open = (change: Partial<GateDependencies> = {}) => GateHarness.open(opened.database, change)

    describe('a request that does not parse', () => {
      test('answers 400 in the dialect, recorded undecided and with nothing of the input', async () => {
        const harness = await open()
        const refuse = () => {
          throw new ServiceError('malformed', 'BadParameter', "The property 'value' must be a string.", {
            target: 'value',
          })
        }
        const { operation, steps } = harness.readNote({ parse: refuse })
        const answer = await harness.invoke(operation, await harness.reader(), { value: canary })
        assert.equal(answer.status, 400)
        assert.deepEqual(answer.body, {
          error: { code: 'BadParameter', message: "The property 'value' must be a string." },
        })
        assert.deepEqual(steps, ['parse'])
        const [record, ...more] = harness.records
        assert.deepEqual(more, [])
        assert.equal(record?.status, 400)
        assert.equal(record.requestUri, 'https://kv1.vault.azure.net')
        assert.deepEqual([record.own['decision'], record.own['reason']], ['none', 'undecided'])
        assert.ok(!String(harness.log.records[0]?.body).includes(canary))
        assert.deepEqual(harness.logged, [])
      })
    })

    describe('an unexpected failure', () => {
      const places = ['parse', 'requirements', 'prepare', 'before', 'after', 'respond'] as const
      for (const place of places) {
        for (const kind of ['read', 'write'] as const) {
          test(`in ${place} of a ${kind} is a fixed sentence; its cause goes to the log of the server alone`, async () => {
            const harness = await open()
            const cause = new TypeError(`no such thing as ${canary}`)
            const hooks = {
              [place]: () => {
                throw cause
              },
            }
            const { operation } = kind === 'read' ? harness.readNote(hooks) : harness.writeNote(hooks)
            const answer = await harness.invoke(operation, await harness.writer(), 'changed')
            assert.equal(answer.status, 500)
            assert.deepEqual(answer.body, failedBody)
            const [record, ...more] = harness.records
            assert.deepEqual(more, [])
            assert.deepEqual([record?.status, record?.description], [500, failedSentence])
            assert.ok(!String(harness.log.records[0]?.body).includes(canary))
            const { requestId } = sampleFacts
            assert.deepEqual(harness.logged, [
              { level: 'error', message: 'A request failed.', fields: { requestId, code: undefined, cause } },
            ])
            assert.equal(await harness.note(), noteValue)
          })
        }
      }

      test('that is an internal service error shows neither its code nor its sentence', async () => {
        const harness = await open()
        const broken = new ServiceError('internal', 'SealBroken', `The value ${canary} does not open.`)
        const { operation } = harness.readNote({ after: () => Promise.reject(broken) })
        const answer = await harness.invoke(operation, await harness.reader())
        assert.equal(answer.status, 500)
        assert.deepEqual(answer.body, failedBody)
        assert.equal(harness.logged[0]?.fields['code'], 'SealBroken')
      })

      test('that is no error at all is answered the same way', async () => {
        const harness = await open()
        const { operation } = harness.readNote({
          after: () => {
            const thrown: unknown = canary
            throw thrown
          },
        })
        const answer = await harness.invoke(operation, await harness.reader())
        assert.deepEqual([answer.status, answer.body], [500, failedBody])
        assert.equal(harness.logged[0]?.fields['cause'], undefined)
      })

      test('of the counters, on every try, is a 503 that asks to try again', async () => {
        const harness = await open()
        const { operation, steps } = harness.readNote({
          after: () => Promise.reject(new StaleDecision({ generation: 9, epoch: 9 })),
        })
        const answer = await harness.invoke(operation, await harness.reader())
        assert.equal(answer.status, 503)
        assert.deepEqual(answer.body, {
          error: { code: 'StateMoving', message: 'The authorization state kept moving. Try again.' },
        })
        assert.equal(steps.filter((step) => step === 'handle').length, 3)
        assert.equal(harness.records.length, 1)
      })
    })

    test('an operation that needs a caller is not run without one', async () => {
      const harness = await open()
      const { operation, steps } = harness.readNote()
      const answer = await harness.invoke(operation, undefined)
      assert.deepEqual([answer.status, answer.body], [500, failedBody])
      assert.deepEqual(steps, ['parse', 'view'])
    })

    describe('a filtered operation', () => {
      function listNotes(harness: GateHarness): Operation {
        const { scope } = harness.place
        const operation: Operation<undefined, undefined, readonly string[]> = {
          id: 'getNotes',
          method: 'GET',
          path: '/notes',
          since: '7.0',
          access: 'read',
          parse: () => undefined,
          requirements: (context) => {
            assert.equal(context.permits(readNotes, scope), false, 'nothing is permitted before a transaction is open')
            return 'filtered'
          },
          handle: async (context) => {
            assert.equal(context.decision, undefined)
            const rows = await context.transaction.kysely
              .selectFrom('installation')
              .select('value')
              .where('name', '=', harness.noteName)
              .execute()
            const mayRead = context.permits(readNotes, scope)
            return [
              ...rows.filter(() => mayRead).map((row) => row.value),
              `may write: ${context.permits(writeNotes, scope)}`,
            ]
          },
          respond: (notes) => ({ status: 200, body: JSON.stringify(notes) }),
          audit: { operationName: 'NoteList', view: () => ({ requestUri: '/notes' }) },
        }
        return operation
      }

      test('shows each caller what that caller may see, from the next call on', async () => {
        const harness = await open()
        const operation = listNotes(harness)
        const principal = await harness.user()
        const nothing = await harness.invoke(operation, principal)
        assert.deepEqual([nothing.status, nothing.body], [200, ['may write: false']])
        const assignmentId = await harness.grant(principal)
        assert.deepEqual((await harness.invoke(operation, principal)).body, [noteValue, 'may write: false'])
        assert.deepEqual((await harness.invoke(operation, await harness.writer())).body, [noteValue, 'may write: true'])
        await harness.revoke(assignmentId)
        assert.deepEqual((await harness.invoke(operation, principal)).body, ['may write: false'])
        assert.equal(harness.records.length, 4)
      })
    })

    describe('an open operation', () => {
      function openOperation(reason: 'public' | 'health', read?: (transaction: Reader) => Promise<unknown>): Operation {
        const operation: Operation<undefined, undefined, string> = {
          id: 'getOpen',
          method: 'GET',
          path: '/open',
          since: '',
          access: 'read',
          open: reason,
          parse: () => undefined,
          handle: async (context) => {
            assert.equal(context.permits(readNotes, context.place.scope), false)
            await read?.(context.transaction)
            return context.tenant
          },
          respond: (value) => ({ status: 200, body: JSON.stringify({ value }) }),
        }
        return operation
      }

      test('that is public or health answers anybody, without a record', async () => {
        const harness = await open()
        harness.log.stop()
        for (const reason of ['public', 'health'] as const) {
          const answer = await harness.invoke(openOperation(reason), undefined)
          assert.deepEqual([answer.status, answer.body], [200, { value: harness.tenant }])
          assert.equal(answer.receipt, undefined)
        }
      })

      test('that is public or health cannot read rows in any way', async () => {
        const harness = await open()
        const readings = [
          async (transaction: Reader) => transaction.rows({ name: 'any', sql: 'SELECT 1' }, []),
          async (transaction: Reader) => transaction.kysely.selectFrom('tenant').selectAll().execute(),
        ]
        for (const reason of ['public', 'health'] as const) {
          for (const reading of readings) {
            const answer = await harness.invoke(openOperation(reason, reading), undefined)
            assert.deepEqual([answer.status, answer.body], [500, failedBody])
          }
        }
        const reasons = harness.logged.map(({ fields }) => fields['cause'])
        assert.equal(reasons.length, 4)
        for (const cause of reasons) {
          assert.ok(cause instanceof Error)
          assert.equal(cause.message, 'A public operation may not read rows.')
        }
      })

      test('that exchanges a credential is recorded, and without its record nothing leaves', async () => {
        const harness = await open()
        const operation: Operation<string, string, string> = {
          id: 'exchange',
          method: 'POST',
          path: '/exchange',
          since: '',
          access: 'read',
          open: 'credential-exchange',
          parse: () => 'parsed',
          prepare: async ({ caller }) => (caller === undefined ? 'prepared' : 'for a caller'),
          handle: async ({ transaction, decision, caller }, _input, prepared) => {
            assert.deepEqual([decision, caller, prepared], [undefined, undefined, 'prepared'])
            await transaction.kysely.selectFrom('tenant').select('id').execute()
            return canary
          },
          respond: (value) => ({ status: 200, body: JSON.stringify({ value }) }),
          audit: { operationName: 'Exchange', view: () => ({ requestUri: '/exchange' }) },
        }
        const answer = await harness.invoke(operation, undefined)
        assert.deepEqual([answer.status, answer.body], [200, { value: canary }])
        const [record] = harness.records
        assert.deepEqual([record?.own['decision'], record?.own['reason']], ['open', 'credential-exchange'])
        assert.equal(record?.own['principal'], undefined)
        assert.ok(!String(harness.log.records[0]?.body).includes(canary))
        harness.log.refuse('all')
        const refused = await harness.invoke(operation, undefined)
        assert.equal(refused.status, 503)
        assert.ok(!refused.text.includes(canary))
      })
    })

    describe('an effect outside the database', () => {
      const starting = (
        taken: string[],
        change: Partial<Pick<Operation<string, undefined, string>, 'respond'>> = {},
      ) => {
        const operation: Operation<string, undefined, string> = {
          id: 'start',
          method: 'POST',
          path: '/start',
          since: '',
          access: 'read',
          open: 'local-control',
          parse: () => 'parsed',
          handle: async () => 'started',
          takeBack: async (output) => void taken.push(output),
          respond: () => ({ status: 201 }),
          audit: { operationName: 'Start', view: () => ({ requestUri: '/start' }) },
          ...change,
        }
        return operation
      }
      const broken = () => {
        throw new TypeError('broken')
      }

      test('stays when the call is recorded', async () => {
        const harness = await open()
        const taken: string[] = []
        assert.equal((await harness.invoke(starting(taken), undefined)).status, 201)
        assert.deepEqual(taken, [])
      })

      test('is taken back when the call cannot be recorded or answered', async () => {
        const harness = await open()
        const taken: string[] = []
        assert.equal((await harness.invoke(starting(taken, { respond: broken }), undefined)).status, 500)
        assert.deepEqual(taken, ['started'])
        harness.log.refuse('all')
        assert.equal((await harness.invoke(starting(taken), undefined)).status, 503)
        assert.deepEqual(taken, ['started', 'started'])
      })
    })

    describe('a failure of a stranger', () => {
      const exchange = (failure: ServiceError): Operation<string, undefined, string> => ({
        id: 'exchange',
        method: 'POST',
        path: '/exchange',
        since: '',
        access: 'read',
        open: 'credential-exchange',
        parse: () => 'parsed',
        handle: () => Promise.reject(failure),
        respond: () => ({ status: 200 }),
        audit: {
          operationName: 'Exchange',
          view: () => ({ requestUri: '/exchange' }),
          countedAs: ({ code }) => (code === 'known' ? undefined : 'unknown-client'),
        },
      })

      test('is counted where the operation says so, and not recorded', async () => {
        const harness = await open()
        const answer = await harness.invoke(exchange(new ServiceError('malformed', 'stranger', 'Nobody.')), undefined)
        assert.deepEqual([answer.status, answer.receipt], [400, undefined])
        assert.deepEqual(harness.records, [])
        const source = sampleFacts.clientAddress
        const counted = { surface: 'vault', reason: 'unknown-client', source, httpStatusCode: 400 }
        assert.deepEqual(harness.refusals, [counted])
      })

      test('is recorded when it is of somebody known, or our own', async () => {
        const harness = await open()
        const failures = [
          new ServiceError('malformed', 'known', 'Wrong.'),
          new ServiceError('internal', 'stranger', 'Broken.'),
          new ServiceError('unavailable', 'stranger', 'Away.'),
        ]
        for (const failure of failures) await harness.invoke(exchange(failure), undefined)
        assert.deepEqual(
          harness.records.map(({ status }) => status),
          [400, 500, 503],
        )
        assert.deepEqual(harness.refusals, [])
      })

      test('is recorded where a caller was authenticated, whatever the rule says', async () => {
        const harness = await open()
        const { operation } = harness.readNote({
          parse: () => {
            throw new ServiceError('malformed', 'BadParameter', 'Wrong.')
          },
        })
        const audit = {
          operationName: 'Note',
          view: () => ({ requestUri: '' }),
          countedAs: () => 'unknown-client' as const,
        }
        if (operation.open !== undefined) assert.fail('The operation asks nobody.')
        await harness.invoke({ ...operation, audit }, await harness.reader())
        assert.equal(harness.records.length, 1)
        assert.deepEqual(harness.refusals, [])
      })
    })

    describe('a refusal before any operation', () => {
      const bad = (reason: TokenRefusal['reason'], signed: boolean): Refusal => ({
        reason: 'unauthenticated',
        token: { outcome: 'refused', reason, signed },
      })

      test('is counted by reason and source, and not recorded by itself', async () => {
        const harness = await open()
        const { surface, place } = harness
        const refusals: readonly Refusal[] = [
          bad('missing', false),
          bad('signature', false),
          { reason: 'unknown-route' },
          { reason: 'unknown-vault' },
          { reason: 'malformed-path' },
          { reason: 'api-version', given: canary },
          { reason: 'body-too-large', maximumBytes: 1 },
          { reason: 'method-not-allowed', allowed: ['GET'] },
          { reason: 'not-ready' },
        ]
        for (const refusal of refusals) harness.gate.refused(refusal, { surface, place, facts: sampleFacts })
        const source = sampleFacts.clientAddress
        const counted = (reason: string, httpStatusCode: number) => ({
          surface: 'vault',
          reason,
          source,
          httpStatusCode,
        })
        assert.deepEqual(harness.refusals, [
          counted('unauthenticated/missing', 401),
          counted('unauthenticated/signature', 401),
          counted('unknown-route', 404),
          counted('unknown-vault', 404),
          counted('malformed-path', 400),
          counted('api-version', 400),
          counted('body-too-large', 413),
          counted('method-not-allowed', 405),
          counted('not-ready', 503),
        ])
        assert.deepEqual(harness.records, [])
      })

      test('of a well-signed token is recorded singly, by whatever it was refused for', async () => {
        const harness = await open()
        const { surface, place } = harness
        for (const reason of ['expired', 'audience', 'revoked', 'tenant'] as const) {
          harness.gate.refused(bad(reason, true), { surface, place, facts: sampleFacts })
        }
        assert.deepEqual(harness.refusals, [])
        assert.deepEqual(
          harness.records.map(({ status, description, own }) => [status, description, own['decision'], own['reason']]),
          ['expired', 'audience', 'revoked', 'tenant'].map((reason) => [
            401,
            `The access token was refused: ${reason}.`,
            'refused',
            reason,
          ]),
        )
      })

      test('that a stopped log does not take throws nowhere, and is not said again and again', async () => {
        const harness = await open()
        const { surface, place } = harness
        harness.log.refuse('all')
        for (let time = 0; time < 3; time++) {
          harness.gate.refused(bad('expired', true), { surface, place, facts: sampleFacts })
        }
        await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual([harness.records, harness.logged], [[], []])
      })

      test('that cannot be recorded for another reason is said in the log of the server', async () => {
        const broken = new ScriptedLog()
        broken.append = () => Promise.reject(new TypeError('broken'))
        const harness = await open({ audit: broken })
        const { surface, place } = harness
        harness.gate.refused(bad('expired', true), { surface, place, facts: sampleFacts })
        await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual(
          harness.logged.map(({ level, message }) => [level, message]),
          [['error', 'A refused token could not be recorded.']],
        )
      })
    })
  })
}
