import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseQuery, parseTarget, splitAbsoluteForm } from './raw-target.ts'

describe('parseTarget', () => {
  test('splits a plain path and leaves the query as sent', () => {
    assert.deepEqual(parseTarget('/secrets/a/?api%2Dversion=7.4'), {
      segments: ['secrets', 'a', ''],
      query: 'api%2Dversion=7.4',
    })
  })

  test('keeps empty segments, for their meaning depends on the route', () => {
    assert.deepEqual(parseTarget('//secrets/x'), { segments: ['', 'secrets', 'x'], query: '' })
    assert.deepEqual(parseTarget('/keys/a//sign'), { segments: ['keys', 'a', '', 'sign'], query: '' })
  })

  test('decodes each segment once', () => {
    assert.deepEqual(parseTarget('/a%20b/%2541/caf%C3%A9'), { segments: ['a b', '%41', 'café'], query: '' })
  })

  for (const path of [
    '/a/../b',
    '/a/./b',
    '/..',
    '/a/%2e%2E/b',
    '/a/.%2e/b',
    '/a/%2e',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a%00b',
    '/a%0ab',
    '/a%7fb',
    '/a%c2%85b',
    '/a b',
    '/a\u0001b',
    '/caf\u00e9',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%ff',
    '/a#b',
    'a/b',
    '*',
    '',
    'https://kv1.vault.azure.net/secrets',
    `/${'a'.repeat(4096)}`,
    `/${'/'.repeat(64)}`,
  ]) {
    test(`refuses the path ${JSON.stringify(path.slice(0, 40))}`, () => {
      assert.equal(parseTarget(path), 'malformed-path')
    })
  }

  test('judges the query for control characters and length only', () => {
    assert.deepEqual(parseTarget('/a?resource=https%3A%2F%2Fvault.azure.net&x=../..%2f%5c'), {
      segments: ['a'],
      query: 'resource=https%3A%2F%2Fvault.azure.net&x=../..%2f%5c',
    })
    for (const query of ['a=%00', 'a=%0d%0a', 'a=%7F', 'a=\u00e9', 'a#b', 'a'.repeat(8193)]) {
      assert.equal(parseTarget(`/a?${query}`), 'malformed-query')
    }
  })
})

describe('parseQuery', () => {
  test('decodes names and folds their case', () => {
    assert.deepEqual(
      [...(parseQuery('api%2DVersion=7.4&%24filter=a+eq+%27b%2Bc%27&flag&&empty=') ?? [])],
      [
        ['api-version', '7.4'],
        ['$filter', "a eq 'b+c'"],
        ['flag', ''],
        ['empty', ''],
      ],
    )
  })

  test('refuses a repeated api-version, in whatever spelling', () => {
    assert.equal(parseQuery('api-version=7.4&api%2dversion=7.4'), undefined)
  })

  test('refuses a name repeated with another value and accepts a mere repetition', () => {
    assert.equal(parseQuery('resource=a&resource=b'), undefined)
    assert.deepEqual([...(parseQuery('resource=a&Resource=a') ?? [])], [['resource', 'a']])
  })

  test('refuses a broken escape', () => {
    assert.equal(parseQuery('a=%'), undefined)
    assert.equal(parseQuery('a=%ff'), undefined)
  })
})

describe('splitAbsoluteForm', () => {
  test('splits scheme, authority and origin form', () => {
    assert.deepEqual(splitAbsoluteForm('HTTP://169.254.169.254/metadata?x=1'), {
      scheme: 'http',
      authority: '169.254.169.254',
      target: '/metadata?x=1',
    })
    assert.deepEqual(splitAbsoluteForm('http://host:3000'), { scheme: 'http', authority: 'host:3000', target: '/' })
    assert.deepEqual(splitAbsoluteForm('http://host?x'), { scheme: 'http', authority: 'host', target: '/?x' })
  })

  test('is not misled by user information or backslashes', () => {
    for (const target of [
      'http://169.254.169.254@evil.example/',
      'http://a\\b/',
      'http:///x',
      'ftp://a/',
      '/x',
      'a:443',
    ]) {
      assert.equal(splitAbsoluteForm(target), undefined)
    }
  })
})
