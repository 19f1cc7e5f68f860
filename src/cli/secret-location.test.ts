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
      assert.throws(() => locateSecret(given({ id })), new CommandError('--id is not the id of a secret.', 2))
    })
  }

  test('is not named twice', () => {
    const id = 'https://kv1.vault.azure.net/secrets/s1'
    for (const more of [{ 'vault-name': 'kv1' }, { name: 's1' }]) {
      assert.throws(
        () => locateSecret(given({ id, ...more })),
        new CommandError('Give either --id, or --vault-name and --name.', 2),
      )
    }
  })

  test('is not named by half', () => {
    assert.throws(
      () => locateSecret(given({ name: 's1' })),
      new CommandError('The option --vault-name is required.', 2),
    )
    assert.throws(
      () => locateSecret(given({ 'vault-name': 'kv1' })),
      new CommandError('The option --name is required.', 2),
    )
  })
})
