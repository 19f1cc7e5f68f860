import type { Command, CommandOption } from '#cli/command.ts'
import { commands } from '#cli/commands/index.ts'
import { optionsOf } from '#cli/global-options.ts'
import { code, generatedNote, table } from './markdown.ts'

/** Every command with its options, from the table that the command line is made of. */
export function renderCliPage(): string {
  const groups = [...new Set(commands.map((command) => groupOf(command)))].sort()
  const everywhere = optionsOf(undefined)
  return [
    '# Commands',
    '',
    generatedNote,
    '',
    'Commands, options, output and exit codes are those of az for what both know; `strongroom COMMAND --help` says what each option is for.',
    'An option in bold must be given. Options may be begun (`--vault`), values read from a file (`@FILE`) or the input (`@-`).',
    '',
    'Exit codes: 0 done · 1 refused or failed · 2 wrong use, or no server · 3 not found.',
    '',
    '## Options of every command',
    '',
    table(
      ['Option', 'What'],
      everywhere.map((option) => [namesOf(option), option.summary]),
    ),
    ...groups.flatMap((group) => ['', `## ${group}`, '', tableOf(group, everywhere)]),
    '',
  ].join('\n')
}

function tableOf(group: string, everywhere: readonly CommandOption[]): string {
  const rows = commands
    .filter((command) => groupOf(command) === group)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((command) => [code(command.path), command.summary, optionsText(command, everywhere)])
  return table(['Command', 'What', 'Options'], rows)
}

function optionsText(command: Command, everywhere: readonly CommandOption[]): string {
  const own = optionsOf(command).filter((option) => !everywhere.includes(option))
  const required = own.filter((option) => option.required === true).map((option) => `**${namesOf(option)}**`)
  const others = own.filter((option) => option.required !== true).map(namesOf)
  const words = command.rest ?? command.positional
  return [...(words === undefined ? [] : [code(words.placeholder)]), ...required, ...others].join(' ')
}

function namesOf(option: CommandOption): string {
  return code([option.name, ...(option.aliases ?? [])].join('/'))
}

/** The first word; commands of one word alone stand together. */
function groupOf(command: Command): string {
  const [first = '', second] = command.path.split(' ')
  return second === undefined ? 'strongroom' : first
}
