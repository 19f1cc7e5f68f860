import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { refusalOf } from '../../test/support/vault-fixtures.ts'
import {
  hasMembersOf2025,
  parseStoredTags,
  recoveryOf,
  renderDeletedPage,
  renderDeletedSecret,
  renderSecretBundle,
  renderSecretMetadata,
  renderSecretPage,
  type SecretProperties,
} from './wire.ts'

const version = '0123456789abcdef0123456789abcdef'
const plain: SecretProperties = {
  name: 'Db',
  version,
  contentType: undefined,
  enabled: true,
  notBeforeSeconds: undefined,
  expiresSeconds: undefined,
  createdSeconds: 100,
  updatedSeconds: 101,
  tagsJson: undefined,
  previousVersion: 'f'.repeat(32),
}
const view = { origin: 'https://kv1.vault.localhost:8443', apiVersion: '7.4', recovery: recoveryOf(90, false) }

const deleted = { properties: plain, deletedSeconds: 1000, scheduledPurgeSeconds: 2000 }
const deletion =
  '"recoveryId":"https://kv1.vault.localhost:8443/deletedsecrets/Db","deletedDate":1000,"scheduledPurgeDate":2000'
const attributes =
  '"attributes":{"enabled":true,"created":100,"updated":101,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}'

describe('a deleted secret', () => {
  test('begins with its deletion and has the id of its latest version', () => {
    assert.equal(
      renderDeletedSecret(deleted, view),
      `{${deletion},"id":"https://kv1.vault.localhost:8443/secrets/Db/${version}",${attributes}}`,
    )
  })

  test('is listed with its base id', () => {
    const item = `{${deletion},"id":"https://kv1.vault.localhost:8443/secrets/Db",${attributes}}`
    assert.equal(renderDeletedPage([deleted, deleted], undefined, view), `{"value":[${item},${item}],"nextLink":null}`)
    assert.equal(renderDeletedPage([], 'https://next', view), '{"value":[],"nextLink":"https://next"}')
  })
})

describe('a secret bundle', () => {
  test('leaves out what has no value', () => {
    assert.equal(
      renderSecretBundle('"v"', plain, view),
      `{"value":"v","id":"https://kv1.vault.localhost:8443/secrets/Db/${version}","attributes":{"enabled":true,"created":100,"updated":101,"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90}}`,
    )
  })

  test('keeps the order of members and attributes', () => {
    const full = { ...plain, contentType: 'text/"plain"', notBeforeSeconds: 1, expiresSeconds: 2, tagsJson: '{}' }
    assert.equal(
      renderSecretMetadata(full, { ...view, apiVersion: '2026-04-01', recovery: recoveryOf(7, true) }),
      `{"contentType":"text/\\"plain\\"","id":"https://kv1.vault.localhost:8443/secrets/Db/${version}","attributes":{"enabled":true,"nbf":1,"exp":2,"created":100,"updated":101,"recoveryLevel":"CustomizedRecoverable","recoverableDays":7},"tags":{},"previousVersion":"${'f'.repeat(32)}"}`,
    )
  })

  test('is built for each origin and api-version anew', () => {
    const first = renderSecretBundle('""', plain, view)
    assert.equal(renderSecretBundle('""', plain, { ...view }), first)
    assert.match(renderSecretBundle('""', plain, { ...view, origin: 'https://other' }), /"id":"https:\/\/other\//)
    assert.match(renderSecretBundle('""', plain, { ...view, apiVersion: '2025-07-01' }), /previousVersion/)
    assert.match(renderSecretBundle('""', plain, { ...view, recovery: recoveryOf(8, false) }), /"recoverableDays":8/)
    assert.equal(renderSecretBundle('""', plain, view), first)
  })
})

describe('a page', () => {
  test('has base ids or versioned ids, and a null link at the end', () => {
    const items = [plain]
    assert.match(renderSecretPage(items, { ids: 'base', nextLink: undefined }, view), /"id":"[^"]+\/secrets\/Db",/)
    const page = renderSecretPage(items, { ids: 'versioned', nextLink: 'https://x?$skiptoken=1' }, view)
    assert.match(page, new RegExp(`"id":"[^"]+/secrets/Db/${version}",`))
    assert.deepEqual(JSON.parse(page).nextLink, 'https://x?$skiptoken=1')
    assert.equal(renderSecretPage([], { ids: 'base', nextLink: undefined }, view), '{"value":[],"nextLink":null}')
  })

  test('shows no previous version', () => {
    const newest = { ...view, apiVersion: '2026-04-01' }
    assert.equal(
      renderSecretPage([plain], { ids: 'base', nextLink: undefined }, newest).includes('previousVersion'),
      false,
    )
  })
})

describe('recovery', () => {
  const cases = [
    [90, false, 'Recoverable+Purgeable'],
    [90, true, 'Recoverable'],
    [89, false, 'CustomizedRecoverable+Purgeable'],
    [7, true, 'CustomizedRecoverable'],
  ] as const
  for (const [days, purgeProtection, level] of cases) {
    test(`over ${days} days${purgeProtection ? ' with purge protection' : ''} is ${level}`, () => {
      assert.deepEqual(recoveryOf(days, purgeProtection), { level, days })
    })
  }
})

describe('api-versions', () => {
  test('from 2025-07-01 on have its members', () => {
    const newer = ['2025-07-01', '2026-04-01', '2026-05-01-preview']
    const older = ['7.0', '7.6-preview.2', '7.6', '2016-10-01', '2025-06-01-preview', '']
    assert.deepEqual(newer.map(hasMembersOf2025), [true, true, true])
    assert.deepEqual(older.map(hasMembersOf2025), [false, false, false, false, false, false])
  })
})

describe('stored tags', () => {
  test('of a damaged row are refused', () => {
    for (const text of ['', '{', '[]', 'null', '"x"']) {
      assert.throws(() => parseStoredTags(text), refusalOf('internal', 'RowBroken', /tags/))
    }
  })

  test('come back as they were given', () => {
    assert.equal(parseStoredTags(null), undefined)
    assert.equal(parseStoredTags('{"__proto__":"a"}'), '{"__proto__":"a"}')
  })
})
