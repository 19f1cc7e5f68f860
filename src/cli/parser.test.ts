import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommanderError } from 'commander'
import type { Command, CommandArguments } from './command.ts'
import { CommandError } from './command-error.ts'
import { argumentsOf, buildParser, wrongUse } from './parser.ts'

const command: Command = {
  path: 'thing make',
  summary: '',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: '' },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: '' },
    { name: '--on', takes: 'boolean', summary: '' },
    { name: '--kind', values: ['One', 'two'], summary: '' },
    { name: '--tags', takes: 'any-list', summary: '' },
    { name: '--words', takes: 'list', summary: '' },
    { name: '--folders', takes: 'list', placeholder: 'DIR/', summary: '' },
    { name: '--no-wait', takes: 'switch', summary: '' },
  ],
  takesIds: true,
  run: async () => undefined,
}

async function parse(...words: readonly string[]): Promise<CommandArguments> {
  let given: CommandArguments | undefined
  const parser = buildParser([command], async (_, options, positional) => {
    given = argumentsOf(options, positional, [])
  })
  try {
    await parser.parseAsync(['thing', 'make', ...words], { from: 'user' })
  } catch (failure) {
    throw failure instanceof CommanderError ? wrongUse(failure) : failure
  }
  assert.ok(given !== undefined)
  return given
}

const named = ['--name', 'n', '--resource-group', 'g'] as const

describe('options', () => {
  test('of three states are true without a word, and undefined when they are left out', async () => {
    assert.equal((await parse(...named)).boolean('on'), undefined)
    assert.equal((await parse(...named, '--on')).boolean('on'), true)
    assert.equal((await parse(...named, '--on', 'False')).boolean('on'), false)
  })

  test('with a choice take it in any letter case and give it as it is written', async () => {
    assert.equal((await parse(...named, '--kind', 'ONE')).text('kind'), 'One')
  })

  test('with a list take words up to the next option, or none where none will do', async () => {
    assert.deepEqual((await parse(...named, '--tags', 'a=b', 'c', '--on')).list('tags'), ['a=b', 'c'])
    assert.deepEqual((await parse(...named, '--tags', '--on')).list('tags'), [])
    assert.equal((await parse(...named)).list('tags'), undefined)
  })

  test('with a list take all its words, however it is written in help', async () => {
    assert.deepEqual((await parse(...named, '--folders', 'a', 'b', '--on')).list('folders'), ['a', 'b'])
    assert.deepEqual((await parse(...named, '--folders', 'a', '--folders', 'b')).list('folders'), ['a', 'b'])
  })

  test("called --no-… are options of their own, not others' opposites", async () => {
    assert.equal((await parse(...named)).flag('no-wait'), false)
    assert.equal((await parse(...named, '--no-wait')).flag('no-wait'), true)
  })

  test('that name the resource may be left out beside --ids', async () => {
    assert.deepEqual((await parse('--ids', '/a', '/b')).list('ids'), ['/a', '/b'])
  })
})

describe('wrong use is told in the words of az, with exit code 2', () => {
  for (const [words, message] of [
    [['--on'], 'the following arguments are required: --name/-n, --resource-group/-g'],
    [[...named, '--other'], 'unrecognized arguments: --other'],
    [[...named, '--words'], 'argument --words: expected one argument'],
    [[...named, '--on', 'maybe'], "argument --on: invalid choice: 'maybe' (choose from 'true', 'false')"],
    [[...named, '--kind', 'three'], "'three' is not a valid value for '--kind'. Allowed values: One, two."],
  ] as const) {
    test(message, async () => {
      await assert.rejects(parse(...words), new CommandError(message, 2))
    })
  }
})
