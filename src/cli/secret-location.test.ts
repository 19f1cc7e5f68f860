import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CommandArguments } from './command.ts'
import { CommandError } from './command-error.ts'
import { locateSecret } from './secret-location.ts'

function given(options: Readonly<Record<string, string>>): CommandArguments {
  return {
    text: (name) => options[name],
    required: (name) => {
      const found = options[name]
      if (found === undefined) throw new CommandError(`The option --${name} is required.`, 2)
      return found
    },
    list: () => undefined,
    flag: () => false,
    boolean: () => undefined,
    rest: [],
    positional: [],
  }
}

describe('a secret', () => {
  test('is named by vault and name, and its newest version is meant', () => {
    assert.deepEqual(locateSecret(given({ 'vault-name': 'kv1', name: 's1' })), {
      vault: 'kv1',
      name: 's1',
      version: '',
    })
    assert.deepEqual(locateSecret(given({ 'vault-name': 'kv1', name: 's1', version: 'v' })).version, 'v')
  })

  for (const [id, version] of [
    ['https://kv1.vault.azure.net/secrets/s1', ''],
    ['https://kv1.vault.azure.net/secrets/s1/', ''],
    ['https://kv1.vault.azure.net/secrets/s1/0123', '0123'],
    ['https://kv1.vault.localhost:8443/secrets/s1/0123', '0123'],
  ] as const) {
    test(`is named by ${id}`, () => {
      assert.deepEqual(locateSecret(given({ id })), { vault: 'kv1', name: 's1', version })
    })
  }

  test('named by id may have its version named apart', () => {
    const id = 'https://kv1.vault.azure.net/secrets/s1'
    assert.equal(locateSecret(given({ id, version: '4567' })).version, '4567')
  })

  for (const id of [
    '',
    'kv1',
    'https://kv1.vault.azure.net/',
    'https://kv1.vault.azure.net/keys/k1',
    'https://x/secrets/',
  ]) {
    test(`is not named by '${id}'`, () => {
      assert.throws(() => locateSecret(given({ id })), new CommandError('--id is not the id of a secret.', 1))
    })
  }

  test('is not named twice', () => {
    const id = 'https://kv1.vault.azure.net/secrets/s1'
    for (const name of ['vault-name', 'name']) {
      assert.throws(
        () => locateSecret(given({ id, [name]: 'x' })),
        new CommandError(`--${name} and --id are mutually exclusive.`, 1),
      )
    }
  })

  test('is not named by half', () => {
    for (const half of [{ name: 's1' }, { 'vault-name': 'kv1' }]) {
      assert.throws(
        () => locateSecret(given(half)),
        new CommandError(
          'incorrect usage: --id ID | --vault-name/--hsm-name VAULT/HSM --name/-n NAME [--version VERSION]',
          1,
        ),
      )
    }
  })
})
