import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dataAction } from '#authorization/decision.ts'
import { sampleCaller, samplePlace, vaultRequest } from '../../test/support/vault-fixtures.ts'
import type { Operation, Surface } from './operation.ts'
import { Progress } from './progress.ts'

function surfaceOf(operation: Operation): Surface {
  return {
    name: 'vault',
    operations: [operation],
    maximumBodyBytes: 1024,
    apiVersions: 'none',
    dialect: {
      refuse: () => ({ status: 400 }),
      deny: () => {
        throw new TypeError('Nobody is denied here.')
      },
      error: () => ({ status: 500 }),
      headers: () => ({}),
    },
  }
}

function progressOf(prepare: Operation['prepare'] & object): Progress {
  const operation: Operation<unknown, unknown, undefined> = {
    id: 'getThing',
    method: 'GET',
    path: '/things',
    since: '7.0',
    access: 'read',
    parse: ({ body }) => body.toString('utf8'),
    requirements: ({ place, permits }) => {
      assert.equal(permits(dataAction('Test/read'), place.scope), false)
      return [{ anyOf: [dataAction('Test/read')], scope: place.scope }]
    },
    prepare,
    handle: async () => undefined,
    respond: () => ({ status: 200 }),
    audit: { operationName: 'ThingGet', view: () => ({ requestUri: '' }) },
  }
  const request = vaultRequest({ body: 'text' })
  return new Progress({ surface: surfaceOf(operation), operation, request, caller: sampleCaller })
}

describe('the progress of a call', () => {
  test('prepares once, however many tries ask for it, and at once', async () => {
    let prepared = 0
    const progress = progressOf(async (_context, input) => `${String(input)} ${++prepared}`)
    progress.parse()
    assert.equal(progress.isPrepared, false)
    await Promise.all([progress.prepare(), progress.prepare()])
    await progress.prepare()
    assert.deepEqual([progress.isPrepared, progress.prepared], [true, '"text" 1'])
  })

  test('does not prepare again what failed', async () => {
    let tried = 0
    const progress = progressOf(() => Promise.reject(new TypeError(`broken ${++tried}`)))
    progress.parse()
    for (let time = 0; time < 2; time++) await assert.rejects(async () => progress.prepare(), { message: 'broken 1' })
    assert.equal(progress.isPrepared, false)
  })

  test('permits nothing before there is a transaction', async () => {
    const progress = progressOf(async ({ permits }) => permits(dataAction('Test/read'), samplePlace.scope))
    progress.parse()
    await progress.requirements()
    await progress.prepare()
    assert.equal(progress.prepared, false)
  })
})
