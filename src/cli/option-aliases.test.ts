import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command, CommandOption } from './command.ts'
import { findCommand, withoutAliases } from './option-aliases.ts'

function commandAt(path: string): Command {
  return { path, summary: '', options: [], run: async () => undefined }
}

describe('the command that words name', () => {
  const commands = ['keyvault show', 'keyvault secret show', 'shell'].map(commandAt)

  test('is the one whose path they begin with', () => {
    assert.equal(findCommand(commands, ['keyvault', 'secret', 'show', '-n', 'x'])?.path, 'keyvault secret show')
    assert.equal(findCommand(commands, ['shell'])?.path, 'shell')
  })

  test('is the longest of several', () => {
    const nested = [...commands, commandAt('keyvault')]
    assert.equal(findCommand(nested, ['keyvault', 'show'])?.path, 'keyvault show')
  })

  test('is none for a group, for nothing and for what there is not', () => {
    for (const words of [['keyvault'], [], ['keyvault', 'drop']]) assert.equal(findCommand(commands, words), undefined)
  })
})

describe('aliases', () => {
  const options: readonly CommandOption[] = [
    { name: '--resource-group', aliases: ['-g'], summary: '' },
    { name: '--name', aliases: ['-n', '--display-name'], summary: '' },
  ]

  test('become the option itself, with a value beside or behind an equals sign', () => {
    assert.deepEqual(withoutAliases(['-g', 'rg', '--display-name=x=y', '-n', 'z'], options), [
      '--resource-group',
      'rg',
      '--name=x=y',
      '--name',
      'z',
    ])
  })

  test('of other commands, values and short words with an equals sign stay', () => {
    const words = ['--displayed', '-x', 'value', '-g=rg', '--name']
    assert.deepEqual(withoutAliases(words, options), words)
  })

  test('can be begun, as long as one option alone begins so', () => {
    const vault = [
      { name: '--vault-name', summary: '' },
      { name: '--value', summary: '' },
    ] as const
    assert.deepEqual(withoutAliases(['--vault', 'kv', '--valu=x'], vault), ['--vault-name', 'kv', '--value=x'])
    assert.deepEqual(withoutAliases(['--va', '--', '--V'], vault), ['--va', '--', '--V'])
  })
})
