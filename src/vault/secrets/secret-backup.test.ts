import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { SecretValue } from '#base/secret-value.ts'
import { memorySealer, refusalOf, samplePlace } from '../../../test/support/vault-fixtures.ts'
import { type BackedUpVersion, openBackup, parseBackup, sealBackup } from './secret-backup.ts'

const { tenant } = samplePlace
const sealer = memorySealer(`tenant/${tenant}/backup`)
const broken = refusalOf(
  'malformed',
  'BadParameter',
  /^The backup blob cannot be restored: it was altered or cut short/,
)
const unreadable = refusalOf('malformed', 'BadParameter', 'Backup blob contains invalid or corrupt version.')

function version(at: number, text: string): BackedUpVersion {
  return {
    properties: {
      name: 'Db',
      version: at.toString(16).padStart(32, '0'),
      contentType: at % 2 === 0 ? 'text/plain' : undefined,
      enabled: at % 2 === 0,
      notBeforeSeconds: at % 2 === 0 ? -5 : undefined,
      expiresSeconds: at % 2 === 0 ? 6 : undefined,
      createdSeconds: 100 + at,
      updatedSeconds: 200 + at,
      tagsJson: at % 2 === 0 ? '{"a":"1"}' : undefined,
      previousVersion: at === 0 ? undefined : (at - 1).toString(16).padStart(32, '0'),
    },
    value: SecretValue.fromText(text),
  }
}

const versions = [version(0, 'one'), version(1, ''), version(2, '€ canary-3d1c \u0000')]

/** A blob of our layout around anything, as somebody with the key could make it. */
function forge(plaintext: Buffer): string {
  const binding = [tenant, '', 'secret-backup', 'Db', '', 'versions']
  return Buffer.concat([Buffer.from('\u0001\u0002Db'), sealer.seal(plaintext, binding)]).toString('base64url')
}

describe('a backup of a secret', () => {
  test('gives back every version as it was, and which is the latest', () => {
    const opened = openBackup(sealer, tenant, parseBackup(sealBackup(sealer, tenant, versions)))
    assert.deepEqual(
      opened.versions.map(({ properties }) => properties),
      versions.map(({ properties }) => properties),
    )
    assert.deepEqual(
      opened.versions.map(({ value }) => value.reveal().toString()),
      ['one', '', '€ canary-3d1c \u0000'],
    )
    assert.equal(opened.latest, opened.versions[2]?.properties)
  })

  test('says whose it is without being opened, and nothing else', () => {
    const text = sealBackup(sealer, tenant, versions)
    const backup = parseBackup(text)
    assert.deepEqual([backup.name, backup.canonical], ['Db', 'db'])
    assert.equal(Buffer.from(text, 'base64url').includes('canary'), false)
  })

  test('does not open under another key, tenant or name', () => {
    const backup = parseBackup(sealBackup(sealer, tenant, versions))
    const other = trustGuid<TenantId>('99999999-9999-4999-8999-999999999999')
    assert.throws(() => openBackup(memorySealer(sealer.domain), tenant, backup), broken)
    assert.throws(() => openBackup(sealer, other, backup), broken)
    const renamed = Buffer.from(sealBackup(sealer, tenant, versions), 'base64url')
    renamed.write('db', 2, 'ascii')
    assert.throws(() => openBackup(sealer, tenant, parseBackup(renamed.toString('base64url'))), broken)
  })

  test('is refused when what was sealed is no list of versions', () => {
    const lengthOf = (text: string) => Buffer.from([0, 0, 0, text.length])
    const made = (list: string, values = '') =>
      forge(Buffer.concat([lengthOf(list), Buffer.from(list), Buffer.from(values)]))
    const one = JSON.stringify([
      { version: '0'.repeat(32), enabled: true, createdSeconds: 1, updatedSeconds: 1, valueBytes: 1 },
    ])
    assert.equal(openBackup(sealer, tenant, parseBackup(made(one, 'v'))).versions.length, 1)
    const wrong = [
      forge(Buffer.of()),
      forge(Buffer.of(0, 0)),
      made('x'),
      made('[]'),
      made('[{}]'),
      made(one),
      made(one, 'vv'),
    ]
    for (const text of wrong) assert.throws(() => openBackup(sealer, tenant, parseBackup(text)), unreadable)
  })

  test('is read in one spelling only', () => {
    const text = sealBackup(sealer, tenant, versions)
    for (const other of [`${text}=`, ` ${text}`, text.replace(/.$/, '*'), `${text}\n`, '']) {
      assert.throws(() => openBackup(sealer, tenant, parseBackup(other)), unreadable)
    }
  })

  test('of another format or with an impossible name is refused', () => {
    for (const bytes of [
      '',
      '\u0000\u0002Db',
      '\u0002\u0002Db',
      '\u0001',
      '\u0001\u0000',
      '\u0001\u0002D/',
      '\u0001\u0005Db',
    ]) {
      assert.throws(() => parseBackup(Buffer.from(bytes).toString('base64url')), unreadable)
    }
  })

  test('holds 500 of the largest values and no more versions', () => {
    const largest = 'x'.repeat(25_600)
    const full = Array.from({ length: 500 }, (_, at) => version(at, largest))
    const opened = openBackup(sealer, tenant, parseBackup(sealBackup(sealer, tenant, full)))
    assert.equal(opened.versions.length, 500)
    assert.throws(
      () => sealBackup(sealer, tenant, [...full, version(500, '')]),
      refusalOf('malformed', 'BadParameter', 'Secret Db has more than 500 versions and cannot be backed up.'),
    )
    const large = full.map((entry) => ({ ...entry, properties: { ...entry.properties, tagsJson: 'x'.repeat(15_360) } }))
    assert.throws(
      () => sealBackup(sealer, tenant, large),
      refusalOf('malformed', 'BadParameter', /^Secret Db is larger than 16777216 bytes/),
    )
  })
})
