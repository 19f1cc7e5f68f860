import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusalOf } from '../../../test/support/vault-fixtures.ts'
import { parseBackupText, parseNewSecretVersion, parseSecretChanges, requireOrderedValidity } from './secret-body.ts'

const canary = 'canary-6f1d'

function bodyOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function revealed(value: unknown): string {
  return parseNewSecretVersion(bodyOf({ value })).value.reveal().toString('utf8')
}

describe('the body of a set-secret request', () => {
  test('gives value, content type, attributes and tags', () => {
    const given = parseNewSecretVersion(
      bodyOf({
        value: 'v',
        contentType: 'text/plain',
        tags: { env: 'prod' },
        attributes: { enabled: false, nbf: 1, exp: 2, created: 3, recoveryLevel: 'x' },
        managed: true,
      }),
    )
    assert.equal(given.value.reveal().toString(), 'v')
    assert.deepEqual(
      { ...given, value: undefined },
      {
        value: undefined,
        contentType: 'text/plain',
        tagsJson: '{"env":"prod"}',
        attributes: { enabled: false, notBeforeSeconds: 1, expiresSeconds: 2 },
      },
    )
  })

  test('takes members that are null as not given', () => {
    const given = parseNewSecretVersion(bodyOf({ value: 'v', contentType: null, tags: null, attributes: null }))
    assert.deepEqual({ ...given, value: undefined }, { value: undefined, attributes: {} })
  })

  for (const value of ['', ' ', '\u0000', 'ä€😀', 'a"b\\c\n', 'x'.repeat(25_600), '€'.repeat(8533)]) {
    test(`keeps a value of ${Buffer.byteLength(value)} bytes as it is`, () => {
      assert.equal(revealed(value), value)
    })
  }

  test('refuses a value of 25,601 bytes', () => {
    assert.throws(
      () => revealed('x'.repeat(25_601)),
      refusalOf(
        'malformed',
        'BadParameter',
        "Property has invalid value\r\nThe property 'value' must be at most 25600 bytes of UTF-8.",
      ),
    )
  })

  test('counts bytes, not characters', () => {
    assert.throws(() => revealed('€'.repeat(8534)), refusalOf('malformed', 'BadParameter', /25600 bytes/))
  })

  test('refuses a lone surrogate, which would come back as another character', () => {
    assert.throws(() => revealed('a\ud800'), refusalOf('malformed', 'BadParameter', /well-formed/))
  })

  test('refuses 16 tags', () => {
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`t${at}`, 'x']))
    assert.throws(
      () => parseNewSecretVersion(bodyOf({ value: 'v', tags })),
      refusalOf('malformed', 'BadParameter', /^Property has invalid value\r\n/),
    )
  })

  test('keeps a tag that is named like a member of every object', () => {
    const given = parseNewSecretVersion(Buffer.from('{"value":"v","tags":{"__proto__":"a","constructor":"b"}}'))
    assert.equal(given.tagsJson, '{"__proto__":"a","constructor":"b"}')
  })

  const refused: readonly (readonly [string, unknown])[] = [
    ['a body that is no object', [canary]],
    ['a body that is null', null],
    ['no value', { contentType: canary }],
    ['a null value', { value: null }],
    ['a value that is a number', { value: 1 }],
    ['a content type of 256 characters', { value: canary, contentType: 'x'.repeat(256) }],
    ['a content type that is no string', { value: canary, contentType: 1 }],
    ['a content type with U+0000', { value: canary, contentType: 'a\0b' }],
    ['a tag value with U+0000', { value: canary, tags: { a: '\0' } }],
    ['a tag name with half of a pair', { value: canary, tags: { '\ud83d': 'x' } }],
    ['tags that are a list', { value: canary, tags: [] }],
    ['a tag that is no string', { value: canary, tags: { a: 1 } }],
    ['a tag value of 513 characters', { value: canary, tags: { a: 'x'.repeat(513) } }],
    ['a tag name of 513 characters', { value: canary, tags: { ['x'.repeat(513)]: '' } }],
    ['attributes that are a list', { value: canary, attributes: [] }],
    ['enabled as text', { value: canary, attributes: { enabled: 'true' } }],
    ['exp as text', { value: canary, attributes: { exp: '1' } }],
    ['exp with a fraction', { value: canary, attributes: { exp: 1.5 } }],
    ['exp beyond 32 bits', { value: canary, attributes: { exp: 2 ** 31 } }],
    ['nbf after exp', { value: canary, attributes: { nbf: 2, exp: 1 } }],
    ['deep nesting', { value: canary, x: JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`) }],
  ]
  for (const [title, body] of refused) {
    test(`refuses ${title} and repeats none of it`, () => {
      assert.throws(
        () => parseNewSecretVersion(bodyOf(body)),
        (error) => refusalOf('malformed', 'BadParameter', /./)(error) && !String(error).includes(canary),
      )
    })
  }

  for (const text of ['', '{', `{"value":"${canary}"`, `{"value":"${canary}"}x`]) {
    test(`refuses ${text.length} bytes of broken JSON and repeats none of it`, () => {
      assert.throws(
        () => parseNewSecretVersion(Buffer.from(text)),
        (error) => refusalOf('malformed', 'BadParameter', /JSON/)(error) && !String(error).includes(canary),
      )
    })
  }

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(
      () => parseNewSecretVersion(Buffer.from([0x7b, 0xff, 0x7d])),
      refusalOf('malformed', 'BadParameter', /UTF-8/),
    )
  })
})

describe('the body of an update-secret request', () => {
  test('may be empty of changes', () => {
    assert.deepEqual(parseSecretChanges(bodyOf({})), { attributes: {} })
  })

  test('tells tags given empty from tags not given', () => {
    assert.deepEqual(parseSecretChanges(bodyOf({ tags: {} })), { attributes: {}, tagsJson: '{}' })
  })

  test('ignores a value: it cannot be changed', () => {
    assert.deepEqual(parseSecretChanges(bodyOf({ value: 5 })), { attributes: {} })
  })
})

describe('a validity', () => {
  test('may end when it begins, not before', () => {
    requireOrderedValidity(5, 5)
    requireOrderedValidity(5, undefined)
    assert.throws(() => requireOrderedValidity(6, 5), refusalOf('malformed', 'BadParameter', /attributes\.nbf/))
  })
})

describe('the body of a restore request', () => {
  test('gives the text of the backup, and ignores what stands beside it', () => {
    assert.equal(parseBackupText(bodyOf({ value: 'b', other: [1, { a: 2 }] })), 'b')
  })

  test('is refused with many small values, which would take far more memory than their bytes', () => {
    const body = bodyOf({ value: 'b', other: Array.from({ length: 64 }, () => ({})) })
    assert.throws(() => parseBackupText(body), refusalOf('malformed', 'BadParameter', /holds more than 64 values/))
  })
})
