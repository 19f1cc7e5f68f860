import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maximumConditionLength, parseCondition } from './parse-condition.ts'

const name = '@Resource[Microsoft.KeyVault/vaults/secrets:name]'
const role = '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]'
const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
const getSecret = "ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecret/action'}"
const prefix = 'The given role assignment condition is invalid. '

/** Each as Azure's own pages and built-in roles write it. */
const valid: readonly (readonly [what: string, text: string])[] = [
  ['a comparison alone', `${name} StringStartsWith 'test-app'`],
  ['the usual form', `((!(${getSecret})) OR (${name} StringStartsWith 'test-app'))`],
  ['several lines', `(\n\t(\r\n!(${getSecret})\n)\nOR\n(\n${name} StringLike 'api-*'\n)\n)`],
  ['two conditions', `(!(${getSecret}) OR ${name} StringEquals 'a') AND (!(${getSecret}) OR ${name} StringEquals 'b')`],
  ['signs for words', `!${getSecret} || (${name} StringEquals 'a' && !(${name} StringEquals 'b'))`],
  ['NOT as a word', `NOT ${getSecret} or not Exists ${name}`],
  ['any letter case', "@resource[microsoft.keyvault/VAULTS:Name] stringequals 'a'"],
  ['no space before a list', `${role} ForAnyOfAnyValues:GuidEquals{${reader}, ${reader.replaceAll('-', '')}}`],
  ['a single GUID', `${role} GuidEquals ${reader}`],
  ['spaces in an attribute', "@Resource [ Microsoft.KeyVault/vaults:name ] StringEquals 'a'"],
  ['a list of one without a quantifier', `${name} StringEquals {'a'}`],
  ['lists on both sides', '{10, -20} ForAnyOfAllValues:NumericLessThan {15, 18}'],
  ['truth values', '{true} BoolNotEquals FALSE'],
  ['times', "@Environment[UtcNow] DateTimeLessThan '2026-12-31T23:59:59.1234567Z'"],
  ['escapes', "@Resource[Microsoft.KeyVault/vaults:name] StringLike 'a\\*\\?\\\\\\'b'"],
  ['two attributes', `${name} StringEquals @Resource[Microsoft.KeyVault/vaults:name]`],
  ['what is as long as it may be', `${name} StringEquals '${'x'.repeat(maximumConditionLength - name.length - 16)}'`],
]

const invalid: readonly (readonly [what: string, text: string, problem: string])[] = [
  [
    'nothing',
    '  ',
    'At character 3: a parenthesis, NOT, ActionMatches, Exists, an attribute or a list is expected here.',
  ],
  ['one character too many', 'x'.repeat(maximumConditionLength + 1), 'It has more than 8192 characters.'],
  ['an open parenthesis', `(${getSecret}`, "At character 69: ')' is expected here."],
  ['a closing parenthesis too many', `${getSecret})`, 'At character 68: AND, OR or the end is expected here.'],
  [
    'two comparisons without a joint',
    `${getSecret} ${getSecret}`,
    'At character 69: AND, OR or the end is expected here.',
  ],
  [
    'an end after AND',
    `${getSecret} AND`,
    'At character 72: a parenthesis, NOT, ActionMatches, Exists, an attribute or a list is expected here.',
  ],
  [
    'AND and OR side by side',
    `${getSecret} AND ${getSecret} OR ${getSecret}`,
    'At character 141: AND and OR side by side need parentheses.',
  ],
  ['a single &', `${getSecret} & ${getSecret}`, 'At character 69: this character has no place here.'],
  ['an open quote', `${name} StringEquals 'a`, 'At character 64: the quoted text is not closed.'],
  [
    'an open attribute',
    '@Resource[Microsoft.KeyVault/vaults:name',
    'At character 1: an attribute is written @Source[Namespace/type:name].',
  ],
  ['an unknown function', "SubjectMatches{'a'}", "At character 1: 'SubjectMatches' is no function."],
  ['a suboperation', "SubOperationMatches{'Blob.List'}", 'At character 1: no action here has suboperations.'],
  [
    'an action that takes no condition',
    "ActionMatches{'Microsoft.KeyVault/vaults/secrets/getSecrt/action'}",
    'At character 15: no action that takes conditions has this name.',
  ],
  [
    'an action of another service',
    "ActionMatches{'Microsoft.Storage/*'}",
    'At character 15: no action that takes conditions has this name.',
  ],
  [
    'an action without quotes',
    'ActionMatches{a}',
    "At character 15: ActionMatches takes the name of an action in quotes; '*' is any text.",
  ],
  [
    'an unknown source',
    "@Subject[UtcNow] StringEquals 'a'",
    "At character 1: '@Subject[UtcNow]' is no attribute that is known here.",
  ],
  [
    'an unknown attribute',
    "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:E_Project] StringEquals 'a'",
    "At character 1: '@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:E_Project]' is no attribute that is known here.",
  ],
  [
    'an attribute of another source',
    "@Request[Microsoft.KeyVault/vaults:name] StringEquals 'a'",
    "At character 1: '@Request[Microsoft.KeyVault/vaults:name]' is no attribute that is known here.",
  ],
  ['an unknown operator', `${name} StringMatches 'a'`, "At character 51: 'StringMatches' is no operator."],
  [
    'an unknown quantifier',
    `${name} ForSome:StringEquals {'a'}`,
    "At character 51: 'ForSome:StringEquals' is no operator.",
  ],
  ['a missing operator', `${name}`, 'At character 50: an operator is expected here.'],
  [
    'several values without a quantifier',
    `${name} StringEquals {'a', 'b'}`,
    'At character 64: several values need a quantifier, such as ForAnyOfAnyValues:StringEquals.',
  ],
  [
    'an empty list',
    `${name} ForAnyOfAnyValues:StringEquals {}`,
    "At character 83: StringEquals compares with text in quotes, 'like this'; a backslash in it stands only before a backslash, a quote, * or ?.",
  ],
  [
    'a list without commas',
    `${role} ForAnyOfAnyValues:GuidEquals {${reader} ${reader}}`,
    "At character 135: ',' or '}' is expected here.",
  ],
  [
    'a value of another type',
    `${name} StringEquals 1`,
    "At character 64: StringEquals compares with text in quotes, 'like this'; a backslash in it stands only before a backslash, a quote, * or ?.",
  ],
  [
    'an attribute of another type',
    `${role} StringEquals '${reader}'`,
    'At character 1: StringEquals cannot compare this attribute.',
  ],
  [
    'an attribute as a pattern',
    `${name} StringLike ${name}`,
    'At character 62: StringLike cannot compare this attribute.',
  ],
  ['a number that is not whole', '{1} NumericEquals 1.5', 'At character 20: this character has no place here.'],
  ['a GUID that is none', `${role} GuidEquals acdd72a7`, 'At character 79: GuidEquals compares with GUIDs.'],
  [
    'a day that does not exist',
    "@Environment[UtcNow] DateTimeEquals '2026-02-31T00:00:00Z'",
    "At character 37: DateTimeEquals compares with a UTC time in quotes, 'yyyy-mm-ddThh:mm:ss.fffffffZ'.",
  ],
  [
    'a time of another zone',
    "@Environment[UtcNow] DateTimeEquals '2026-02-01T00:00:00+01:00'",
    "At character 37: DateTimeEquals compares with a UTC time in quotes, 'yyyy-mm-ddThh:mm:ss.fffffffZ'.",
  ],
  [
    'a backslash before a letter',
    `${name} StringEquals 'a\\b'`,
    "At character 64: StringEquals compares with text in quotes, 'like this'; a backslash in it stands only before a backslash, a quote, * or ?.",
  ],
  [
    '65 parentheses',
    `${'('.repeat(65)}${getSecret}${')'.repeat(65)}`,
    'At character 65: it is nested more than 64 deep.',
  ],
  ['65 negations', `${'!'.repeat(65)}${getSecret}`, 'At character 65: it is nested more than 64 deep.'],
]

describe('a condition', () => {
  for (const [what, text] of valid) {
    test(`may have ${what}`, () => {
      assert.notEqual(parseCondition(text), undefined)
    })
  }

  for (const [what, text, problem] of invalid) {
    test(`is refused for ${what}, saying where`, () => {
      assert.throws(() => parseCondition(text), {
        name: 'ServiceError',
        kind: 'malformed',
        code: 'InvalidRoleAssignmentCondition',
        target: 'condition',
        message: `${prefix}${problem}`,
      })
    })
  }

  test('is read into what it says', () => {
    const negated = parseCondition(`!${getSecret} OR (${name} StringLike 'a*' AND Exists ${name})`)
    assert.equal(negated.kind, 'or')
    assert.deepEqual(negated.kind === 'or' ? negated.operands.map(({ kind }) => kind) : [], ['not', 'and'])
  })

  test('that is a quote without end takes no longer than its length asks for', () => {
    const start = process.threadCpuUsage()
    assert.throws(() => parseCondition(`${name} StringEquals '${'\\\\'.repeat(4000)}`))
    assert.throws(() => parseCondition(`${'@a['.repeat(2000)}`))
    const { user, system } = process.threadCpuUsage(start)
    assert.ok(user + system < 1_000_000)
  })
})
