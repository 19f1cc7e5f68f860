import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusalOf, vaultRequest } from '../../test/support/vault-fixtures.ts'
import { parseObjectAddress, parsePageRequest, parseSecretAddress } from './names.ts'

describe('names in the path', () => {
  test('keep the letter case for display and lose it for comparison', () => {
    const address = parseSecretAddress(vaultRequest({ path: { name: 'DB-Password' } }))
    assert.deepEqual(address, { name: 'DB-Password', canonical: 'db-password', version: undefined })
  })

  test('an empty version segment means the latest', () => {
    assert.equal(parseSecretAddress(vaultRequest({ path: { name: 'a', version: '' } })).version, undefined)
  })

  test('a version is folded to lower case', () => {
    const version = 'ABCDEF0123456789ABCDEF0123456789'
    assert.equal(parseSecretAddress(vaultRequest({ path: { name: 'a', version } })).version, version.toLowerCase())
  })

  for (const name of ['a.b', 'a_b', '', 'a b', 'ä', '../a', 'a'.repeat(128)]) {
    test(`refuses the name ${JSON.stringify(name.slice(0, 20))} in Azure's words`, () => {
      assert.throws(
        () => parseObjectAddress(vaultRequest({ path: { name } })),
        refusalOf('malformed', 'BadParameter', `The request URI contains an invalid name: ${name}`),
      )
    })
  }

  for (const version of ['latest', 'abc', 'g'.repeat(32), '0'.repeat(33)]) {
    test(`refuses the version ${version}`, () => {
      assert.throws(
        () => parseSecretAddress(vaultRequest({ path: { name: 'a', version } })),
        refusalOf('malformed', 'BadParameter', `The request URI contains an invalid version: ${version}`),
      )
    })
  }
})

describe('the page a list asks for', () => {
  test('holds 25 items unless told', () => {
    assert.deepEqual(parsePageRequest(new Map()), { size: 25, token: undefined })
  })

  test('takes size and token from the query', () => {
    const query = new Map([
      ['maxresults', '1'],
      ['$skiptoken', 'abc'],
    ])
    assert.deepEqual(parsePageRequest(query), { size: 1, token: 'abc' })
  })

  for (const text of ['0', '26', '-1', '1.5', 'x', '', '1e1', '99999999999']) {
    test(`refuses maxresults=${text}`, () => {
      assert.throws(
        () => parsePageRequest(new Map([['maxresults', text]])),
        refusalOf('malformed', 'BadParameter', /maxresults/),
      )
    })
  }
})
