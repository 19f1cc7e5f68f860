import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '#base/clock.ts'
import { type TenantId, trustGuid, type VaultId } from '#base/ids.ts'
import { SecretValue } from '#base/secret-value.ts'
import { samplePlace } from '../../../test/support/vault-fixtures.ts'
import type { SecretProperties } from '../wire.ts'
import { type OpenedSecretKey, OpenedSecrets, openedSecretsOff } from './opened-secrets.ts'

const version = '0'.repeat(32)
const key: OpenedSecretKey = {
  tenant: samplePlace.tenant,
  vault: samplePlace.id,
  canonical: 'a',
  version,
  revision: 1,
}
const properties: SecretProperties = {
  name: 'a',
  version,
  contentType: undefined,
  enabled: true,
  notBeforeSeconds: undefined,
  expiresSeconds: undefined,
  createdSeconds: 0,
  updatedSeconds: 0,
  tagsJson: undefined,
  previousVersion: undefined,
}
const limits = { maximumEntries: 3, maximumBytes: 100, maximumSeconds: 10 }

function setUp(bounds = limits) {
  let milliseconds = 0
  const clock: Clock = { now: () => new Date(milliseconds), monotonicMilliseconds: () => milliseconds }
  const opened = new OpenedSecrets(bounds, clock)
  return {
    opened,
    advance: (by: number) => {
      milliseconds += by
    },
    keep: (of: OpenedSecretKey, text = '"v"') => opened.keep(of, { properties, valueJson: SecretValue.fromText(text) }),
    read: (of: OpenedSecretKey) => opened.find(of)?.valueJson.reveal().toString(),
  }
}

describe('opened secrets', () => {
  test('are found under the same tenant, vault, name, version and revision alone', () => {
    const { keep, read } = setUp()
    const other = trustGuid<TenantId>('99999999-9999-4999-8999-999999999999')
    keep(key)
    assert.equal(read(key), '"v"')
    for (const part of [{ tenant: other }, { vault: other }, { canonical: 'b' }, { version: '1'.repeat(32) }]) {
      assert.equal(read({ ...key, ...part }), undefined)
    }
    assert.equal(read(key), '"v"')
    assert.equal(read({ ...key, revision: 2 }), undefined)
  })

  test('of one vault are overwritten and forgotten together, and no others', () => {
    const { opened, keep, read } = setUp()
    const other = { ...key, vault: trustGuid<VaultId>('99999999-9999-4999-8999-999999999999') }
    for (const each of [key, { ...key, canonical: 'b' }, other]) keep(each)
    opened.forgetVault(key.tenant, key.vault)
    assert.equal(read(key), undefined)
    assert.deepEqual(opened.size, { entries: 1, bytes: 3 })
    assert.equal(read(other), '"v"')
  })

  test('of one secret are overwritten and forgotten together, and no others', () => {
    const { opened, keep, read } = setUp()
    const others = [
      { ...key, canonical: 'b' },
      { ...key, vault: trustGuid('99999999-9999-4999-8999-999999999999') },
    ]
    for (const of of [key, ...others]) keep(of)
    const held = opened.find(key)
    opened.forget(key)
    opened.forget({ ...key, canonical: 'never-there' })
    assert.equal(read(key), undefined)
    for (const of of others) assert.equal(read(of), '"v"')
    assert.deepEqual(opened.size, { entries: 2, bytes: 6 })
    // An answer that is being made of it has a copy.
    assert.equal(held?.valueJson.reveal().toString(), '"v"')
  })

  test('of a former revision are dropped when a newer one is asked for', () => {
    const { opened, keep, read } = setUp()
    keep(key)
    assert.equal(read({ ...key, revision: 2 }), undefined)
    assert.deepEqual(opened.size, { entries: 0, bytes: 0 })
  })

  test('last only so long', () => {
    const { keep, read, advance } = setUp()
    keep(key)
    advance(9_999)
    assert.equal(read(key), '"v"')
    advance(1)
    assert.equal(read(key), undefined)
  })

  test('are swept when their time is over, read or not', () => {
    const { opened, keep, advance } = setUp()
    keep(key)
    advance(5_000)
    keep({ ...key, canonical: 'b' })
    advance(5_000)
    opened.sweep()
    assert.deepEqual(opened.size, { entries: 1, bytes: 3 })
  })

  test('make room by count and by bytes, oldest first', () => {
    const { opened, keep, read } = setUp()
    for (const canonical of ['a', 'b', 'c', 'd']) keep({ ...key, canonical })
    assert.equal(read(key), undefined)
    assert.equal(read({ ...key, canonical: 'd' }), '"v"')
    keep({ ...key, canonical: 'e' }, 'x'.repeat(98))
    assert.deepEqual(opened.size, { entries: 1, bytes: 98 })
    keep({ ...key, canonical: 'f' }, 'x'.repeat(101))
    assert.equal(read({ ...key, canonical: 'f' }), undefined)
    assert.deepEqual(opened.size, { entries: 1, bytes: 98 })
  })

  test('replace a former entry of the same version', () => {
    const { opened, keep, read } = setUp()
    keep(key)
    keep({ ...key, revision: 2 }, '"w"')
    assert.equal(read({ ...key, revision: 2 }), '"w"')
    assert.deepEqual(opened.size, { entries: 1, bytes: 3 })
  })

  test('hand out copies that clearing does not overwrite', () => {
    const { opened, keep } = setUp()
    keep(key)
    const found = opened.find(key)
    opened.clear()
    assert.equal(found?.valueJson.reveal().toString(), '"v"')
    assert.deepEqual(opened.size, { entries: 0, bytes: 0 })
    assert.equal(opened.find(key), undefined)
  })

  test('are not kept when switched off', () => {
    const { keep, read } = setUp(openedSecretsOff)
    keep(key)
    assert.equal(read(key), undefined)
  })
})
