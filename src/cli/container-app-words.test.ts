import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandError } from './command-error.ts'
import { mergeNamed, parseSecrets, parseVariables } from './container-app-words.ts'

function isRefused(failure: unknown): boolean {
  return failure instanceof CommandError && failure.exitCode === 1
}

describe('environment variables', () => {
  test('are values, or references to a secret', () => {
    assert.deepEqual(parseVariables(['A=1=2', 'B=', 'C=secretref:db']), [
      { name: 'A', value: '1=2' },
      { name: 'B', value: '' },
      { name: 'C', secretRef: 'db' },
    ])
  })
  test('are none for an empty word', () => assert.deepEqual(parseVariables(['']), []))
  for (const words of [['A'], ['A=1', 'A=2']])
    test(`are not ${words.join(' ')}`, () => assert.throws(() => parseVariables(words), isRefused))
})

describe('secrets of an app', () => {
  test('are values, or references to a vault', () => {
    assert.deepEqual(parseSecrets(['a=x,y', 'b=keyvaultref:https://v/secrets/s,identityref:system']), [
      { name: 'a', value: 'x,y', keyVaultUrl: '', identity: '' },
      { name: 'b', value: '', keyVaultUrl: 'https://v/secrets/s', identity: 'system' },
    ])
  })
  for (const word of ['a', 'a=keyvaultref:https://v/secrets/s', 'a=identityref:system'])
    test(`are not '${word}'`, () => assert.throws(() => parseSecrets([word]), isRefused))
})

test('what has a name takes the place of what had it, whatever its letter case', () => {
  const former = [
    { name: 'A', value: '1' },
    { name: 'B', secretRef: 'db' },
  ]
  assert.deepEqual(
    mergeNamed(former, [
      { name: 'b', value: '2' },
      { name: 'C', value: '3' },
    ]),
    [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
      { name: 'C', value: '3' },
    ],
  )
})
