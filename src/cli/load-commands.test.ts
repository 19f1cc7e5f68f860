import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commands } from './commands/index.ts'
import { loadCommand, loadCommands } from './load-commands.ts'

describe('the commands that a line may mean', () => {
  test('every command is found in the file that its words name', async () => {
    const lost: string[] = []
    for (const { path } of commands) {
      const found = await loadCommand(path.split(' '))
      if (found?.path !== path) lost.push(path)
    }
    assert.deepEqual(
      lost.filter((path) => !path.startsWith('completion')),
      [],
    )
  })

  test('a line that names a command loads that one alone, options and values left aside', async () => {
    const found = await loadCommands(['keyvault', 'secret', 'show', '--name', 'serve'])
    assert.deepEqual(
      found.map(({ path }) => path),
      ['keyvault secret show'],
    )
  })

  test('a line that names none loads every command', async () => {
    for (const words of [[], ['keyvault'], ['keyvault', 'sceret'], ['--help'], ['../commands/serve'], ['index']]) {
      assert.deepEqual(await loadCommands(words), commands)
    }
  })
})
