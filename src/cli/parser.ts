import { type CommanderError, Option, Command as Parser } from 'commander'
import type { Command, CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { optionsOf } from './global-options.ts'

/** What the words of a command line gave, once it is clear which command they name. */
export type Parsed = (
  command: Command,
  given: Readonly<Record<string, unknown>>,
  positional: readonly string[],
) => Promise<void>

/** The parser of every command. Wrong use is thrown as `CommandError` (2) in az's words. */
export function buildParser(commands: readonly Command[], parsed: Parsed): Parser {
  const root = quiet(new Parser('strongroom')).description(
    'A self-hosted key vault with identities, roles and a provable audit trail.',
  )
  const groups = new Map<string, Parser>([['', root]])
  for (const command of [...commands].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const words = command.path.split(' ')
    const parser = quiet(groupParser(groups, words.slice(0, -1)).command(words.at(-1) ?? '')).description(
      command.summary,
    )
    for (const option of optionsOf(command)) parser.addOption(parserOption(option))
    if (command.positional !== undefined)
      parser.argument(`[${command.positional.placeholder}...]`, command.positional.summary)
    if (command.rest !== undefined) parser.usage(`[options] -- ${command.rest.placeholder}`)
    parser.action(async () => {
      requireOptions(command, parser.opts())
      await parsed(command, parser.opts(), parser.args)
    })
  }
  return root
}

/** What a failure of the parser means: undefined when help was shown, else wrong use. */
export function wrongUse(failure: CommanderError): CommandError | undefined {
  if (failure.exitCode === 0 || failure.code === 'commander.help') return undefined
  return new CommandError(inWordsOfAz(failure), 2, { cause: failure })
}

function inWordsOfAz(failure: CommanderError): string {
  const named = /'([^']*)'/.exec(failure.message)?.[1] ?? ''
  switch (failure.code) {
    case 'commander.unknownOption':
      return `unrecognized arguments: ${named}`
    case 'commander.unknownCommand':
      return `'${named}' is misspelled or not recognized by the system.`
    case 'commander.optionMissingArgument':
      return `argument ${named.replace(/ .*$/, '').replace(/^-., /, '')}: expected one argument`
    case 'commander.excessArguments':
      return 'unrecognized arguments'
    default:
      return failure.message.replace(/^error: /, '')
  }
}

function quiet(parser: Parser): Parser {
  return parser
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined })
}

function groupParser(groups: Map<string, Parser>, words: readonly string[]): Parser {
  const path = words.join(' ')
  const known = groups.get(path)
  if (known !== undefined) return known
  const parser = quiet(groupParser(groups, words.slice(0, -1)).command(words.at(-1) ?? ''))
  // Without a command of the group, its help is what was asked for.
  parser.action(() => {
    const [word] = parser.args
    if (word !== undefined) throw new CommandError(`'${word}' is misspelled or not recognized by the system.`, 2)
    process.stdout.write(parser.helpInformation())
  })
  parser.allowExcessArguments(true)
  groups.set(path, parser)
  return parser
}

function parserOption(option: CommandOption): Option {
  const placeholder = option.placeholder ?? option.name.slice(2).toUpperCase()
  const short = option.aliases?.find((alias) => /^-[a-zA-Z]$/.test(alias))
  const flags = `${short === undefined ? '' : `${short}, `}${option.name}${valueText(option, placeholder)}`
  const parsed = new Option(flags, option.summary)
  // `--no-wait` is an option like any other, not the opposite of `--wait`.
  parsed.negate = false
  // Commander guesses it from how the placeholder ends.
  parsed.variadic = option.takes === 'list' || option.takes === 'any-list'
  if (option.takes === 'boolean') parsed.argParser((word: string) => booleanOf(word, option.name))
  else if (option.values !== undefined) {
    const { values } = option
    parsed.argParser((word: string, former: unknown) => {
      const value = choiceOf(word, option, values)
      if (!parsed.variadic) return value
      return Array.isArray(former) ? [...former, value] : [value]
    })
  }
  return parsed
}

function valueText(option: CommandOption, placeholder: string): string {
  const takes = option.takes ?? 'value'
  switch (takes) {
    case 'switch':
      return ''
    case 'boolean':
      return ' [true|false]'
    case 'list':
      return ` <${placeholder}...>`
    case 'any-list':
      return ` [${placeholder}...]`
    case 'value':
      return ` <${placeholder}>`
  }
}

function booleanOf(word: string, name: string): boolean {
  const lower = word.toLowerCase()
  if (lower === 'true') return true
  if (lower === 'false') return false
  throw new CommandError(`argument ${name}: invalid choice: '${word}' (choose from 'true', 'false')`, 2)
}

function choiceOf(word: string, option: CommandOption, values: readonly string[]): string {
  const found = values.find((value) => value.toLowerCase() === word.toLowerCase())
  if (found !== undefined) return found
  throw new CommandError(
    `'${word}' is not a valid value for '${option.name}'. Allowed values: ${values.join(', ')}.`,
    2,
  )
}

function requireOptions(command: Command, given: Readonly<Record<string, unknown>>): void {
  const absent = command.options.filter(
    (option) => option.required === true && given[camelCase(option.name.slice(2))] === undefined,
  )
  const named = given['ids'] !== undefined && command.takesIds === true
  const missing = named ? absent.filter(({ name }) => name !== '--name' && name !== '--resource-group') : absent
  if (missing.length === 0) return
  const names = missing.map((option) => [option.name, ...(option.aliases ?? [])].join('/'))
  throw new CommandError(`the following arguments are required: ${names.join(', ')}`, 2)
}

/** The options of one command line, as commands ask for them. */
export function argumentsOf(
  given: Readonly<Record<string, unknown>>,
  positional: readonly string[],
  rest: readonly string[],
): CommandArguments {
  const value = (name: string): unknown => given[camelCase(name)]
  const text = (name: string): string | undefined => {
    const found = value(name)
    return typeof found === 'string' ? found : undefined
  }
  return {
    text,
    required: (name) => {
      const found = text(name)
      if (found === undefined) throw new CommandError(`the following arguments are required: --${name}`, 2)
      return found
    },
    list: (name) => {
      const found = value(name)
      // Commander gives `true` for an option whose words were all left out.
      if (found === true) return []
      return Array.isArray(found) ? found.map(String) : undefined
    },
    flag: (name) => value(name) === true,
    boolean: (name) => {
      const found = value(name)
      return typeof found === 'boolean' ? found : undefined
    },
    rest,
    positional,
  }
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
