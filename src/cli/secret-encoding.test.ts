import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { decodeSecret, encodeSecret, secretEncodings } from './secret-encoding.ts'

describe('the file that a value stands for', () => {
  for (const encoding of secretEncodings) {
    test(`comes back from ${encoding}`, () => {
      const bytes = Buffer.from('line one\nline two, and more than seventy-six bytes so that base64 takes two lines\n')
      assert.deepEqual(decodeSecret(encodeSecret(bytes, encoding), encoding), bytes)
    })
  }

  test('is folded in base64 as az folds it', () => {
    assert.equal(encodeSecret(Buffer.alloc(60), 'base64'), `${'A'.repeat(76)}\n${'A'.repeat(4)}\n`)
  })

  test('keeps its byte order mark and line ends', () => {
    const bytes = Buffer.from('\ufeffa\r\nb')
    assert.equal(encodeSecret(bytes, 'utf-8'), '\ufeffa\r\nb')
  })

  for (const [encoding, bytes] of [
    ['utf-8', Buffer.from([0xff, 0xfe])],
    ['ascii', Buffer.from('é')],
  ] as const) {
    test(`that is not ${encoding} is refused, and not quoted`, () => {
      assert.throws(
        () => encodeSecret(bytes, encoding),
        (failure) => failure instanceof CommandError && failure.exitCode === 1 && !failure.message.includes('é'),
      )
    })
  }
})
