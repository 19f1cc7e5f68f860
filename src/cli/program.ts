import { CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander'
import { type Command, type CommandArguments, type CommandContext, type CommandOption, ExitCode } from './command.ts'
import { CommandError } from './command-error.ts'
import { commands } from './commands/index.ts'
import { dataDirectoryFrom } from './data-directory.ts'
import { findCommand, withoutAliases } from './option-aliases.ts'
import { outputFormats, renderResult } from './output.ts'
import { searchResult } from './query.ts'
import { openServerClient, type ServerClient } from './server-client.ts'

/**
 * Runs one command line (without the program's own name) and resolves to its exit code: 0 done, 1 refused or failed, 2 wrong
 * use or no server, 3 not found. Results go to stdout, everything else to stderr.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const border = argv.indexOf('--')
  const typed = border < 0 ? argv : argv.slice(0, border)
  const words = withoutAliases(typed, [...(findCommand(commands, typed)?.options ?? []), ...globalOptions])
  const rest = border < 0 ? [] : argv.slice(border + 1)
  let exitCode = 0
  const parser = buildParser(async (command, given, positional) => {
    exitCode = await runCommand(command, { given, positional, rest })
  })
  try {
    await parser.parseAsync([...words], { from: 'user' })
    return exitCode
  } catch (failure) {
    if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2
    return reportFailure(failure)
  }
}

interface Invocation {
  readonly given: Readonly<Record<string, unknown>>
  readonly positional: readonly string[]
  readonly rest: readonly string[]
}

async function runCommand(command: Command, invocation: Invocation): Promise<number> {
  const given = argumentsOf(invocation)
  const dataDirectory = dataDirectoryFrom(given.text('data'))
  let client: Promise<ServerClient> | undefined
  const context: CommandContext = {
    arguments: given,
    server: () => {
      client ??= openServerClient(dataDirectory)
      return client
    },
    stdout: process.stdout,
    note: (line) => process.stderr.write(`${line}\n`),
    dataDirectory,
  }
  try {
    if (invocation.rest.length > 0 && command.rest === undefined)
      throw new CommandError(`'${command.path}' takes no words after '--'.`, 2)
    const result = await command.run(context)
    if (result instanceof ExitCode) return result.code
    const query = given.text('query')
    const shown = query === undefined ? result : searchResult(result, query)
    const format = outputFormats.find((candidate) => candidate === given.text('output')) ?? 'json'
    const text = renderResult(shown, {
      format,
      queried: query !== undefined,
      ...(command.table === undefined ? {} : { table: command.table }),
    })
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
    return 0
  } finally {
    await client?.then((opened) => opened.close()).catch(() => undefined)
  }
}

function reportFailure(failure: unknown): number {
  if (failure instanceof CommandError) {
    process.stderr.write(`ERROR: ${failure.message}\n`)
    return failure.exitCode
  }
  process.stderr.write(
    `ERROR: ${failure instanceof Error ? (failure.stack ?? failure.message) : 'The command failed.'}\n`,
  )
  return 1
}

const globalOptions: readonly CommandOption[] = [
  {
    name: '--data',
    summary: 'The data directory of the server (default $STRONGROOM_DATA, else the user data home).',
    placeholder: 'DIR',
  },
  { name: '--query', summary: 'A JMESPath query over the result.', placeholder: 'JMESPATH' },
  { name: '--output', aliases: ['-o'], summary: `Output format: ${outputFormats.join(', ')}.`, placeholder: 'FORMAT' },
  { name: '--only-show-errors', summary: 'No warnings on stderr.', takes: 'switch' },
]

function buildParser(
  run: (command: Command, given: Readonly<Record<string, unknown>>, positional: readonly string[]) => Promise<void>,
): Parser {
  const root = new Parser('strongroom')
    .description('A self-hosted key vault with identities, roles and a provable audit trail.')
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false)
  const groups = new Map<string, Parser>([['', root]])
  for (const command of [...commands].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const words = command.path.split(' ')
    const parser = groupParser(groups, words.slice(0, -1))
      .command(words.at(-1) ?? '')
      .description(command.summary)
      .exitOverride()
      .showHelpAfterError()
    for (const option of [
      ...command.options,
      ...globalOptions.filter((global) => !command.options.some((own) => own.name === global.name)),
    ])
      parser.addOption(parserOption(option))
    if (command.positional !== undefined)
      parser.argument(`[${command.positional.placeholder}...]`, command.positional.summary)
    if (command.rest !== undefined) parser.usage(`[options] -- ${command.rest.placeholder}`)
    parser.action(async () => run(command, parser.opts(), parser.args))
  }
  return root
}

function groupParser(groups: Map<string, Parser>, words: readonly string[]): Parser {
  const path = words.join(' ')
  const known = groups.get(path)
  if (known !== undefined) return known
  const parser = groupParser(groups, words.slice(0, -1))
    .command(words.at(-1) ?? '')
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false)
  groups.set(path, parser)
  return parser
}

function parserOption(option: CommandOption): Option {
  const takes = option.takes ?? 'value'
  const placeholder = option.placeholder ?? option.name.slice(2).toUpperCase()
  const value = takes === 'switch' ? '' : takes === 'list' ? ` <${placeholder}...>` : ` <${placeholder}>`
  const short = option.aliases?.find((alias) => /^-[a-zA-Z]$/.test(alias))
  const parsed = new Option(`${short === undefined ? '' : `${short}, `}${option.name}${value}`, option.summary)
  if (option.required === true) parsed.makeOptionMandatory()
  if (option.name === '--output') {
    parsed.argParser((given: string) => {
      const format = given.toLowerCase()
      if (!outputFormats.some((known) => known === format))
        throw new InvalidArgumentError(`Choose from ${outputFormats.join(', ')}.`)
      return format
    })
  }
  return parsed
}

function argumentsOf(invocation: Invocation): CommandArguments {
  const value = (name: string): unknown => invocation.given[camelCase(name)]
  const text = (name: string): string | undefined => {
    const found = value(name)
    return typeof found === 'string' ? found : undefined
  }
  return {
    text,
    required: (name) => {
      const found = text(name)
      if (found === undefined) throw new CommandError(`The option --${name} is required.`, 2)
      return found
    },
    list: (name) => {
      const found = value(name)
      return Array.isArray(found) ? found.map(String) : undefined
    },
    flag: (name) => value(name) === true,
    rest: invocation.rest,
    positional: invocation.positional,
  }
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
