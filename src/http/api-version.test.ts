import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Operation, Surface } from '#operation/operation.ts'
import { rankApiVersion, VersionChoice } from './api-version.ts'

describe('rankApiVersion', () => {
  test('orders dates, Key Vault numbers and previews by their time', () => {
    const ordered = [
      '2015-06-01',
      '2016-10-01',
      '7.0',
      '7.5',
      '7.6-preview',
      '7.6-preview.2',
      '7.6',
      '7.10',
      '2025-06-01-preview',
      '2025-07-01',
      '2026-04-01',
    ]
    const sorted = ordered.toSorted((a, b) => (rankApiVersion(a) ?? 0) - (rankApiVersion(b) ?? 0))
    assert.deepEqual(sorted, ordered)
  })

  test('knows no rank for anything else', () => {
    for (const text of [
      '',
      '7',
      '7.',
      '8.0',
      '7.123',
      '2025-13-01',
      '2025-00-01',
      '2025-01-32',
      '2025-7-1',
      '7.4-beta',
      ' 7.4',
      '7.4;x',
    ]) {
      assert.equal(rankApiVersion(text), undefined, text)
    }
  })
})

function choiceOf(rule: Surface['apiVersions'], ...since: readonly string[]): VersionChoice {
  const choice = new VersionChoice(rule)
  for (const version of since) {
    const operation: Operation = {
      id: version,
      method: 'GET',
      path: '/',
      since: version,
      access: 'read',
      open: 'public',
      parse: () => undefined,
      handle: async () => undefined,
      respond: () => ({ status: 200 }),
    }
    choice.add(operation)
  }
  return choice
}

function select(choice: VersionChoice, given: string | undefined): unknown {
  const selected = choice.select(given)
  return selected && [selected.operation.id, selected.apiVersion]
}

describe('VersionChoice', () => {
  test('serves the newest not later than asked for, else the oldest', () => {
    const choice = choiceOf('newest-not-later', '2025-07-01', '7.0')
    assert.deepEqual(select(choice, '7.4'), ['7.0', '7.4'])
    assert.deepEqual(select(choice, '2016-10-01'), ['7.0', '2016-10-01'])
    assert.deepEqual(select(choice, '2026-04-01'), ['2025-07-01', '2026-04-01'])
    assert.deepEqual(select(choice, '2025-07-01-preview'), ['7.0', '2025-07-01-preview'])
  })

  test('refuses a missing and a malformed one', () => {
    const choice = choiceOf('newest-not-later', '7.0')
    assert.equal(select(choice, undefined), undefined)
    assert.equal(select(choice, ''), undefined)
    assert.equal(select(choice, 'latest'), undefined)
  })

  test('asks for none where the surface or the operation has none', () => {
    assert.deepEqual(select(choiceOf('none', ''), undefined), ['', ''])
    assert.deepEqual(select(choiceOf('none', ''), 'whatever'), ['', 'whatever'])
    assert.deepEqual(select(choiceOf('newest-not-later', ''), undefined), ['', ''])
  })

  test('accepts exactly what a list names', () => {
    const choice = choiceOf(['2017-09-01', '2019-08-01'], '2017-09-01', '2019-08-01')
    assert.deepEqual(select(choice, '2017-09-01'), ['2017-09-01', '2017-09-01'])
    assert.deepEqual(select(choice, '2019-08-01'), ['2019-08-01', '2019-08-01'])
    assert.equal(select(choice, '2018-02-01'), undefined)
    assert.equal(select(choice, undefined), undefined)
  })
})
