import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attributes } from './attributes.ts'
import { compileCondition } from './condition.ts'

const name = '@Resource[Microsoft.KeyVault/vaults/secrets:name]'
const vault = '@Resource[Microsoft.KeyVault/vaults:name]'
const type = '@Request[Microsoft.Authorization/roleAssignments:PrincipalType]'
const secrets = 'Microsoft.KeyVault/vaults/secrets'
const now = new Date('2026-11-22T12:00:00.500Z')

function holds(text: string, attributes: Attributes = {}, action = `${secrets}/getSecret/action`): boolean {
  return compileCondition(text).holds({ action: action.toLowerCase(), attributes, now })
}

const named = (text: string): Attributes => ({ '@Resource[Microsoft.KeyVault/vaults/secrets:name]': text })

/** Azure's own examples. Source: Azure, "Azure role assignment condition format and syntax". */
const published: readonly (readonly [string, boolean])[] = [
  ["{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", true],
  ["{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", false],
  ["{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", true],
  ["{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", false],
  ['{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}', true],
  ['{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}', false],
  ['{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}', true],
  ['{10, 20} ForAllOfAllValues:NumericLessThan {15, 25, 30}', false],
  ["{'abcd'} StringLike 'a*c?'", true],
  ["{'abcd'} StringLike 'A*C?'", false],
  ["{'abcd'} StringLike 'a*c'", false],
]

const operators: readonly (readonly [string, boolean])[] = [
  ["{'aB'} StringEquals 'ab'", false],
  ["{'aB'} StringEqualsIgnoreCase 'Ab'", true],
  ["{'aB'} StringNotEquals 'ab'", true],
  ["{'aB'} StringNotEqualsIgnoreCase 'ab'", false],
  ["{'abc'} StringStartsWith 'ab'", true],
  ["{'abc'} StringNotStartsWith 'ab'", false],
  ["{'abc'} StringStartsWithIgnoreCase 'AB'", true],
  ["{'abc'} StringNotStartsWithIgnoreCase 'AB'", false],
  ["{'abc'} StringEndsWith 'bc'", true],
  ["{'abc'} StringNotEndsWith 'BC'", true],
  ["{'abc'} StringContains 'b'", true],
  ["{'abc'} StringNotContains 'b'", false],
  ["{'a*c'} StringLike 'a\\*c'", true],
  ["{'abc'} StringLike 'a\\*c'", false],
  ["{'abc'} StringNotLike 'a\\*c'", true],
  ["{'ABC'} StringLikeIgnoreCase 'a?C'", true],
  ["{'abc'} StringNotLikeIgnoreCase '*B*'", false],
  ["{''} StringLike '*'", true],
  ["{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'} StringLike '*a*a*a*a*a*a*a*a*c'", false],
  ["{'a\\*b\\'c'} StringEquals 'a\\*b\\'c'", true],
  ['{2} NumericEquals 2', true],
  ['{2} NumericNotEquals 2', false],
  ['{2} NumericGreaterThan 2', false],
  ['{2} NumericGreaterThanEquals 2', true],
  ['{-2} NumericLessThan 2', true],
  ['{2} NumericLessThanEquals 1', false],
  ['{true} BoolEquals true', true],
  ['{true} BoolNotEquals true', false],
  ['{ACDD72A7-3385-48EF-BD42-F606FBA81AE7} GuidEquals acdd72a7338548efbd42f606fba81ae7', true],
  ['{acdd72a7-3385-48ef-bd42-f606fba81ae7} GuidNotEquals 8e3af657-a8ff-443c-a75c-2fe8c4bcb635', true],
  ["{'2026-01-01T00:00:00Z'} DateTimeEquals '2026-01-01T00:00:00.0Z'", true],
  ["{'2026-01-01T00:00:00.0000001Z'} DateTimeGreaterThan '2026-01-01T00:00:00Z'", true],
  ["@Environment[UtcNow] DateTimeGreaterThanEquals '2026-11-22T12:00:00.5Z'", true],
  ["@Environment[UtcNow] DateTimeLessThan '2026-11-22T12:00:00.5Z'", false],
]

describe('comparisons', () => {
  for (const [text, expected] of [...published, ...operators]) {
    test(`${text} is ${expected}`, () => {
      assert.equal(holds(text), expected)
    })
  }
})

describe('a condition on an action', () => {
  const guarded = `((!(ActionMatches{'${secrets}/getSecret/action'})) OR (${name} StringStartsWith 'test-app'))`

  test('says nothing about other actions', () => {
    assert.equal(holds(guarded, {}, `${secrets}/readMetadata/action`), true)
  })

  test('allows the action where the comparison holds', () => {
    assert.equal(holds(guarded, named('test-app-secret1')), true)
    assert.equal(holds(guarded, named('test-db-password')), false)
    assert.equal(holds(guarded, named('Test-App-Secret1')), false)
  })

  test('takes patterns, in any letter case', () => {
    assert.equal(holds("ActionMatches{'microsoft.authorization/roleassignments/*'}"), false)
    const write = 'Microsoft.Authorization/roleAssignments/write'
    assert.equal(holds("ActionMatches{'microsoft.authorization/roleassignments/*'}", {}, write), true)
  })
})

describe('an attribute that the call does not have', () => {
  test('fulfils no comparison, negated or not', () => {
    for (const text of [
      `${name} StringEquals 'a'`,
      `${name} StringNotEquals 'a'`,
      `NOT ${name} StringEquals 'a'`,
      `!(${name} StringEquals 'a' AND ${vault} StringEquals 'v')`,
      `NOT (${name} StringEquals 'a' OR ${name} StringNotEquals 'a')`,
    ]) {
      assert.equal(holds(text), false, text)
    }
  })

  test('leaves what does not hang on it as it is', () => {
    assert.equal(holds(`${name} StringEquals 'a' OR {1} NumericEquals 1`), true)
    assert.equal(holds(`NOT (${name} StringEquals 'a' AND {1} NumericEquals 2)`), true)
  })

  test('does not exist', () => {
    assert.equal(holds(`Exists ${name}`), false)
    assert.equal(holds(`NOT Exists ${name}`), true)
    assert.equal(holds(`Exists ${name}`, named('a')), true)
    assert.equal(holds('Exists @Environment[UtcNow]'), true)
  })
})

describe('the letter case of names', () => {
  test('counts, as in Azure', () => {
    assert.equal(holds(`${name} StringStartsWith 'test'`, named('Test')), false)
    assert.equal(holds(`${name} StringStartsWith 'Test'`, named('Test')), true)
  })

  test('gets no spelling of a name past a comparison that excludes it', () => {
    for (const spelling of ['prod-db', 'PROD-DB', 'Prod-db']) {
      for (const text of [
        `${name} StringNotStartsWith 'prod-'`,
        `NOT ${name} StringStartsWith 'prod-'`,
        `${name} StringNotLike 'PROD*'`,
        `{'prod-db'} StringNotEquals ${name}`,
        `${name} ForAllOfAllValues:StringNotEquals {'prod-db', 'other'}`,
      ]) {
        assert.equal(holds(text, named(spelling)), false, `${text} for ${spelling}`)
      }
    }
    assert.equal(holds(`${name} StringNotStartsWith 'prod-'`, named('test-db')), true)
  })

  test('counts for everything that is no name', () => {
    const asked: Attributes = { '@Request[Microsoft.Authorization/roleAssignments:PrincipalType]': 'User' }
    assert.equal(holds(`${type} StringNotEquals 'user'`, asked), true)
    assert.equal(holds(`${type} StringEqualsIgnoreCase 'user'`, asked), true)
  })
})
