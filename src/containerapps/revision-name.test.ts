import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nextRevisionName } from './revision-name.ts'

const template = { containers: [{ name: 'main', image: 'one' }] }
const changed = { containers: [{ name: 'main', image: 'two' }] }
const current = { revisionName: 'app--v1', template: { ...template, revisionSuffix: 'v1' } }

describe('revision names', () => {
  test('a new app’s revision has the suffix given, or seven characters', () => {
    assert.equal(nextRevisionName('app', { ...template, revisionSuffix: 'first' }, undefined), 'app--first')
    assert.match(nextRevisionName('app', template, undefined), /^app--[a-z0-9]{7}$/)
  })

  test('an unchanged template keeps its revision, with the suffix repeated or left out, members in any order', () => {
    assert.equal(nextRevisionName('app', template, current), 'app--v1')
    assert.equal(nextRevisionName('app', { revisionSuffix: 'v1', ...template }, current), 'app--v1')
    assert.equal(nextRevisionName('app', { containers: [{ image: 'one', name: 'main' }] }, current), 'app--v1')
  })

  test('a changed template, or another suffix, makes a new revision', () => {
    assert.match(nextRevisionName('app', changed, current), /^app--[a-z0-9]{7}$/)
    assert.equal(nextRevisionName('app', { ...template, revisionSuffix: 'v2' }, current), 'app--v2')
  })

  test('a changed template under the suffix in use is refused', () => {
    assert.throws(() => nextRevisionName('app', { ...changed, revisionSuffix: 'v1' }, current), {
      kind: 'conflict',
      code: 'ContainerAppRevisionSuffixInUse',
    })
  })
})
