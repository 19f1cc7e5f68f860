import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalInConstantTime } from './constant-time.ts'

test('equal secrets are equal, as text and as bytes', () => {
  assert.equal(equalInConstantTime('s3cret', 's3cret'), true)
  assert.equal(equalInConstantTime(Buffer.from('grün'), 'grün'), true)
  assert.equal(equalInConstantTime('', ''), true)
})

test('secrets that differ anywhere, or in length alone, are not equal', () => {
  assert.equal(equalInConstantTime('s3cret', 's3creT'), false)
  assert.equal(equalInConstantTime('s3cret', 's3cre'), false)
  assert.equal(equalInConstantTime('', 's3cret'), false)
  assert.equal(equalInConstantTime(Buffer.from([0]), Buffer.from([0, 0])), false)
})
