import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDenyAssignmentFilter, parseRoleAssignmentFilter, parseRoleDefinitionFilter } from './filter.ts'

const oid = '6f2b2c1e-0000-4000-8000-00000000000a'
const nothing = { atScope: false, principalId: undefined, assignedTo: undefined }
const refusal = { name: 'ServiceError', kind: 'malformed', code: 'InvalidFilter', target: '$filter' }

describe('the filter of a role assignment list', () => {
  const accepted: readonly (readonly [string | undefined, object])[] = [
    [undefined, nothing],
    ['', nothing],
    ['  ', nothing],
    ['atScope()', { ...nothing, atScope: true }],
    ['atscope( )', { ...nothing, atScope: true }],
    [`principalId eq '${oid}'`, { ...nothing, principalId: oid }],
    [`principalId  EQ  '${oid.toUpperCase()}'`, { ...nothing, principalId: oid }],
    [`assignedTo('${oid}')`, { ...nothing, assignedTo: oid }],
    [`atScope() and assignedTo('${oid}')`, { ...nothing, atScope: true, assignedTo: oid }],
    [` assignedTo( '${oid}' )  AND  atScope() `, { ...nothing, atScope: true, assignedTo: oid }],
    [`atScope() and principalId eq '${oid}'`, { ...nothing, atScope: true, principalId: oid }],
  ]
  for (const [text, filter] of accepted) {
    test(`takes ${text ?? 'none'}`, () => {
      assert.deepEqual(parseRoleAssignmentFilter(text), filter)
    })
  }

  const refused = [
    'atScope',
    'atScope() or atScope()',
    'atScope() and atScope()',
    'atScope() and',
    'and atScope()',
    "atScope('x')",
    'assignedTo()',
    "assignedTo('someone')",
    "principalId eq 'someone'",
    `principalId ne '${oid}'`,
    `principalId eq ${oid}`,
    `principalId eq '${oid}`,
    `principalId eq '${oid}' x`,
    'atScopeAndBelow()',
    "roleName eq 'Owner'",
    "type eq 'BuiltInRole'",
    `${' '.repeat(3000)}atScope()`,
    `principalId eq '${"''".repeat(900)}`,
  ]
  for (const text of refused) {
    test(`refuses ${text.slice(0, 60)}`, () => {
      assert.throws(() => parseRoleAssignmentFilter(text), refusal)
    })
  }
})

describe('the filter of a role definition list', () => {
  test('folds the letter case of a name and keeps its doubled quotes as one', () => {
    assert.deepEqual(parseRoleDefinitionFilter("roleName eq 'Bob''s Role'"), {
      roleName: "bob's role",
      type: undefined,
      atScopeAndBelow: false,
    })
  })

  test('takes a type and atScopeAndBelow together', () => {
    assert.deepEqual(parseRoleDefinitionFilter("atScopeAndBelow() and type eq 'customrole'"), {
      roleName: undefined,
      type: 'CustomRole',
      atScopeAndBelow: true,
    })
  })

  for (const text of [
    "type eq 'Other'",
    'atScope() and atScopeAndBelow()',
    `principalId eq '${oid}'`,
    "roleName('x')",
  ]) {
    test(`refuses ${text}`, () => {
      assert.throws(() => parseRoleDefinitionFilter(text), refusal)
    })
  }
})

describe('the filter of a deny assignment list', () => {
  test('takes a name', () => {
    assert.deepEqual(parseDenyAssignmentFilter("atScope() and denyAssignmentName eq 'Lock'"), {
      atScope: true,
      principalId: undefined,
      denyAssignmentName: 'lock',
    })
  })

  test('refuses a role name', () => {
    assert.throws(() => parseDenyAssignmentFilter("roleName eq 'Owner'"), refusal)
  })
})
