import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { timeOption, wholeNumberOption } from './option-values.ts'

/** The refusal is about the words given: exit code 2, naming the option. */
function refuses(work: () => unknown): void {
  assert.throws(work, (failure) => {
    assert.ok(failure instanceof CommandError)
    assert.equal(failure.exitCode, 2)
    assert.match(failure.message, /^--some-option takes /)
    return true
  })
}

test('an option that was not given has no value', () => {
  for (const read of [wholeNumberOption, timeOption]) assert.equal(read(undefined, 'some-option'), undefined)
})

describe('a number option', () => {
  test('takes whole numbers', () => {
    assert.equal(wholeNumberOption('0', 'some-option'), 0)
    assert.equal(wholeNumberOption('0012', 'some-option'), 12)
  })
  for (const text of ['', '-1', '1.5', '1e3', '0x10', '12345678901', 'many']) {
    test(`refuses '${text}'`, () => refuses(() => wholeNumberOption(text, 'some-option')))
  }
})

describe('a time option', () => {
  test('is Unix seconds of the UTC time', () => {
    assert.equal(timeOption('2030-01-01T00:00:00Z', 'some-option'), 1_893_456_000)
    for (const text of ['2030-01-01T00:00Z', '2030-01-01T00Z', '2030-01-01'])
      assert.equal(timeOption(text, 'some-option'), 1_893_456_000)
  })
  for (const text of [
    '',
    'tomorrow',
    '2030-13-01T00:00:00Z',
    '2030-01-01T00:00:00',
    '2030-01-01T00:00:00+01:00',
    '2030',
  ]) {
    test(`refuses '${text}'`, () => refuses(() => timeOption(text, 'some-option')))
  }
})
