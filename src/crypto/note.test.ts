import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '#base/errors.ts'
import { generateNoteKey, openNoteSigner, tryParseVerifierKey } from './note.ts'

// Source: C2SP signed-note, "Verifier keys", example.
const exampleKey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const exampleNote =
  'This is an example message.\n\n' +
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

describe('signed notes', () => {
  test('the example of the specification verifies', () => {
    const verifier = tryParseVerifierKey(exampleKey)
    assert.equal(verifier?.name, 'example.com/foo')
    assert.equal(verifier?.verifierKey, exampleKey)
    assert.equal(verifier?.open(exampleNote), 'This is an example message.\n')
  })

  test('the example with any one byte changed does not', () => {
    const verifier = tryParseVerifierKey(exampleKey)
    assert.ok(verifier)
    const bytes = Buffer.from(exampleNote, 'utf8')
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ mask
        assert.equal(verifier.open(changed.toString('utf8')), undefined, `byte ${at} ^ ${mask}`)
      }
    }
  })

  test('what a signer signs, its verifier key opens', () => {
    const signer = openNoteSigner('11111111-2222-3333-4444-555555555555/audit', generateNoteKey())
    const note = signer.sign('origin\n7\nroot\n')
    assert.equal(tryParseVerifierKey(signer.verifier.verifierKey)?.open(note), 'origin\n7\nroot\n')
  })

  test('the same seed gives the same key, another seed or name another', () => {
    const seed = Buffer.alloc(32, 7)
    const { verifierKey } = openNoteSigner('a/audit', seed).verifier
    assert.equal(openNoteSigner('a/audit', seed).verifier.verifierKey, verifierKey)
    assert.notEqual(openNoteSigner('a/audit', Buffer.alloc(32, 8)).verifier.verifierKey, verifierKey)
    const note = openNoteSigner('b/audit', seed).sign('text\n')
    assert.equal(tryParseVerifierKey(verifierKey)?.open(note), undefined)
  })

  test('a note with a second signature is not opened', () => {
    const signer = openNoteSigner('a/audit', generateNoteKey())
    const note = signer.sign('text\n')
    assert.equal(signer.verifier.open(note + note.slice(note.lastIndexOf('—'))), undefined)
  })

  test('a malformed seed or name is refused', () => {
    for (const [name, seed] of [
      ['a b', Buffer.alloc(32)],
      ['a+b', Buffer.alloc(32)],
      ['', Buffer.alloc(32)],
      ['a', Buffer.alloc(31)],
    ] as const) {
      assert.throws(
        () => openNoteSigner(name, seed),
        (error) => error instanceof ServiceError && error.code === 'NoteKeyInvalid',
      )
    }
  })

  test('text that is no verifier key gives none', () => {
    for (const text of [
      '',
      'example.com/foo',
      exampleKey.replace('530d903a', '530d903b'),
      exampleKey.replace('530d903a', '530D903A'),
      exampleKey.replace('+Ae', '+Ce'),
      exampleKey.replace('foo', 'bar'),
      `${exampleKey}=`,
      exampleKey.slice(0, -1),
    ]) {
      assert.equal(tryParseVerifierKey(text), undefined, text)
    }
  })
})
