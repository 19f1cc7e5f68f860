import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { Reader } from '#storage/database.ts'
import { memorySealer, refusalOf, samplePlace } from '../../../test/support/vault-fixtures.ts'
import { openSecretValue, sealSecretValue } from './sealed-secret.ts'
import type { SealedValue } from './secret-identity.ts'
import { loadSecretVersion, type SealedSecretVersion } from './secret-store.ts'

const sealer = memorySealer('vault/x')
const version = '00112233445566778899aabbccddeeff'
const where = { tenant: samplePlace.tenant, vault: samplePlace.id, canonical: 'a' }
const broken = refusalOf('internal', 'SealBroken', /altered|cut short/)

/** A row as the store reads it: nothing else makes one. */
async function rowOf(sealed: SealedValue, rowVersion = version): Promise<SealedSecretVersion> {
  const columns = {
    name: 'a',
    version: rowVersion,
    sealed_key: sealed.sealedKey,
    sealed_value: sealed.sealedValue,
    content_type: null,
    tags_json: null,
    enabled: 1,
    not_before_seconds: null,
    expires_seconds: null,
    previous_version: null,
    created_at: 0,
    updated_at: 0,
  }
  const reader: Pick<Reader, 'rows'> = { rows: <Row>() => Promise.resolve([columns as Row]) }
  const row = await loadSecretVersion(reader as Reader, where, rowVersion)
  assert.ok(row !== undefined)
  return row
}

function seal(text: string) {
  return sealSecretValue(sealer, { ...where, version }, SecretValue.fromText(text))
}

describe('a sealed value', () => {
  test('opens where it was sealed', async () => {
    const opened = openSecretValue(sealer, where, await rowOf(seal('s3cret')))
    assert.equal(opened.reveal().toString(), 's3cret')
  })

  test('may be empty', async () => {
    assert.equal(openSecretValue(sealer, where, await rowOf(seal(''))).byteLength, 0)
  })

  test('holds neither the value nor the same bytes twice', () => {
    const [one, other] = [seal('s3cret'), seal('s3cret')]
    assert.equal(one.sealedValue.includes('s3cret'), false)
    assert.notDeepEqual(one.sealedValue.subarray(18), other.sealedValue.subarray(18))
    assert.notDeepEqual(one.sealedKey.subarray(18), other.sealedKey.subarray(18))
  })

  test('does not open for another tenant, vault, name, version or vault key', async () => {
    const sealed = seal('s3cret')
    const other = trustGuid<TenantId>('99999999-9999-4999-8999-999999999999')
    const row = await rowOf(sealed)
    assert.throws(() => openSecretValue(sealer, { ...where, tenant: other }, row), broken)
    assert.throws(() => openSecretValue(sealer, { ...where, vault: other }, row), broken)
    assert.throws(() => openSecretValue(sealer, { ...where, canonical: 'b' }, row), broken)
    assert.throws(() => openSecretValue(memorySealer('vault/x'), where, row), broken)
    const moved = await rowOf(sealed, 'f'.repeat(32))
    assert.throws(() => openSecretValue(sealer, where, moved), broken)
  })

  test('does not open with the key of another version', async () => {
    const mixed = await rowOf({ ...seal('one'), sealedValue: seal('two').sealedValue })
    assert.throws(() => openSecretValue(sealer, where, mixed), broken)
  })

  test('does not open as the other level', async () => {
    const sealed = seal('s3cret')
    const row = await rowOf({ sealedKey: sealed.sealedValue, sealedValue: sealed.sealedKey })
    assert.throws(() => openSecretValue(sealer, where, row), broken)
  })

  test('does not open after any flipped bit', async () => {
    const sealed = seal('s3cret')
    for (const part of ['sealedKey', 'sealedValue'] as const) {
      for (let at = 0; at < sealed[part].length; at++) {
        const bytes = Buffer.from(sealed[part])
        bytes[at] = (bytes[at] ?? 0) ^ 1
        const row = await rowOf({ ...sealed, [part]: bytes })
        assert.throws(() => openSecretValue(sealer, where, row), refusalOf('internal', 'SealBroken', /./))
      }
    }
  })
})
