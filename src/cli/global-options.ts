import type { Command, CommandOption } from './command.ts'
import { outputFormats } from './output/output-formats.ts'

/** Options of every command. */
const everywhere: readonly CommandOption[] = [
  {
    name: '--data',
    summary: 'The data directory of the server (default $STRONGROOM_DATA, else the user data home).',
    placeholder: 'DIR',
  },
  { name: '--subscription', summary: 'Name or id of the subscription to work in.' },
  { name: '--query', summary: 'A JMESPath query over the result.', placeholder: 'JMESPATH' },
  {
    name: '--output',
    aliases: ['-o'],
    summary: `Output format: ${outputFormats.join(', ')}.`,
    values: outputFormats,
    placeholder: 'FORMAT',
  },
  { name: '--only-show-errors', summary: 'No warnings on stderr.', takes: 'switch' },
  { name: '--verbose', summary: 'Name each request on stderr; never a header or a body.', takes: 'switch' },
  { name: '--debug', summary: 'The same, and where a failure came from.', takes: 'switch' },
]

const idsOption: CommandOption = {
  name: '--ids',
  takes: 'list',
  summary: 'Ids of the resources, in place of --resource-group and --name.',
}

const yesOption: CommandOption = {
  name: '--yes',
  aliases: ['-y'],
  takes: 'switch',
  summary: 'Do not ask for confirmation.',
}

/** Every option of a command: its own, then those that its kind has, then those of every command. */
export function optionsOf(command: Command | undefined): readonly CommandOption[] {
  const own = command?.options ?? []
  const more = [
    ...(command?.takesIds === true ? [idsOption] : []),
    ...(command?.confirms === true ? [yesOption] : []),
    ...everywhere,
  ]
  const names = new Set<string>(own.flatMap((option) => [option.name, ...(option.aliases ?? [])]))
  return [...own, ...more.filter((option) => !names.has(option.name))]
}
