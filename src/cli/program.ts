import { CommanderError } from 'commander'
import type { ClientSettings } from './client/open-client.ts'
import type { ServerClient } from './client/server-client.ts'
import { ServiceFailure } from './client/service-answer.ts'
import { type Command, type CommandArguments, type CommandContext, ExitCode } from './command.ts'
import { CommandError } from './command-error.ts'
import { dataDirectoryFrom, nameOfDataDirectory } from './data-directory.ts'
import { withFileWords } from './file-words.ts'
import { optionsOf } from './global-options.ts'
import { loadCommands } from './load-commands.ts'
import { findCommand, withoutAliases } from './option-aliases.ts'
import { argumentsOf, buildParser, wrongUse } from './parser.ts'
import { confirm, showRunning } from './progress.ts'
import { partsOfResourceId } from './resource-paths.ts'

/**
 * Runs one command line (without the program's own name) and resolves to its exit code: 0 done, 1 refused or failed, 2 wrong
 * use or no server, 3 not found. Results go to stdout, everything else to stderr.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const border = argv.indexOf('--')
  const typed = border < 0 ? argv : argv.slice(0, border)
  const commands = await loadCommands(typed)
  const rest = border < 0 ? [] : argv.slice(border + 1)
  let exitCode = 0
  const parser = buildParser(commands, async (command, given, positional) => {
    exitCode = await runCommand(command, { given, positional, rest })
  })
  try {
    const words = withoutAliases(withFileWords(typed), optionsOf(findCommand(commands, typed)))
    await parser.parseAsync([...words], { from: 'user' })
    return exitCode
  } catch (failure) {
    if (!(failure instanceof CommanderError)) return reportFailure(failure, typed)
    const misuse = wrongUse(failure)
    return misuse === undefined ? 0 : reportFailure(misuse, typed)
  }
}

interface Invocation {
  readonly given: Readonly<Record<string, unknown>>
  readonly positional: readonly string[]
  readonly rest: readonly string[]
}

async function runCommand(command: Command, invocation: Invocation): Promise<number> {
  const given = argumentsOf(invocation.given, invocation.positional, invocation.rest)
  if (invocation.rest.length > 0 && command.rest === undefined)
    throw new CommandError(`'${command.path}' takes no words after '--'.`, 2)
  const query = given.text('query')
  // What only some commands need is loaded by them: a server starts with this file, too.
  const search = query === undefined ? undefined : (await import('./query.ts')).compileQuery(query)
  if (command.confirms === true && !given.flag('yes')) await confirm('Are you sure you want to perform this operation?')
  const answered = await runForEachId(command, invocation, given)
  if (answered instanceof ExitCode) return answered.code
  if (answered === undefined) return 0
  const { withResourceGroups } = await import('./views/resource-group-member.ts')
  const { outputFormats } = await import('./output/output-formats.ts')
  const { renderResult } = await import('./output/render-result.ts')
  const result = withResourceGroups(answered)
  const format = outputFormats.find((candidate) => candidate === given.text('output')) ?? 'json'
  const text = renderResult(search === undefined ? result : search(result), {
    format,
    queried: search !== undefined,
    source: result,
    coloured: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
    ...(command.table === undefined ? {} : { table: command.table }),
    ...(command.tableShowsIds === undefined ? {} : { tableShowsIds: command.tableShowsIds }),
  })
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
  return 0
}

/** Runs the command once, or once for each of `--ids`; several results become a list, as az gives them. */
async function runForEachId(command: Command, invocation: Invocation, given: CommandArguments): Promise<unknown> {
  const ids = given.list('ids')
  if (ids === undefined || command.takesIds !== true) return runOnce(command, given)
  const results: unknown[] = []
  for (const id of ids) {
    const { subscription, group, name } = partsOfResourceId(id)
    const named = { ...invocation.given, subscription, resourceGroup: group, name }
    const result = await runOnce(command, argumentsOf(named, invocation.positional, invocation.rest))
    if (result !== undefined) results.push(result)
  }
  return results.length > 1 ? results : results[0]
}

async function runOnce(command: Command, given: CommandArguments): Promise<unknown> {
  const opened = createContext(given)
  try {
    return await command.run(opened.context)
  } catch (failure) {
    throw command.path.startsWith('containerapp ') ? withoutDetails(failure) : failure
  } finally {
    await opened.close()
  }
}

/** az's commands on container apps tell a refusal in one line, and end with 1 also for what is not there. */
function withoutDetails(failure: unknown): unknown {
  if (!(failure instanceof ServiceFailure)) return failure
  return new CommandError(failure.message.split('\nCode: ')[0] ?? failure.message, 1, { cause: failure })
}

function createContext(given: CommandArguments): { readonly context: CommandContext; close(): Promise<void> } {
  const dataDirectory = dataDirectoryFrom(given.text('data'))
  const dataDirectoryIsNamed = nameOfDataDirectory(given.text('data')) !== undefined
  const note = (line: string): void => void process.stderr.write(`${line}\n`)
  const isTraced = given.flag('verbose') || given.flag('debug')
  const subscription = given.text('subscription')
  let client: Promise<ServerClient> | undefined
  const context: CommandContext = {
    arguments: given,
    server: () => {
      client ??= openClientFor({
        dataDirectory,
        dataDirectoryIsNamed,
        ...(subscription === undefined ? {} : { subscription }),
        trace: isTraced ? (line) => note(`INFO: ${line}`) : () => undefined,
        waiting: showRunning,
      })
      return client
    },
    stdout: process.stdout,
    note,
    warn: (line) => {
      if (!given.flag('only-show-errors')) note(`WARNING: ${line}`)
    },
    dataDirectory,
    dataDirectoryIsNamed,
  }
  return { context, close: async () => client?.then((opened) => opened.close()).catch(() => undefined) }
}

async function openClientFor(settings: ClientSettings): Promise<ServerClient> {
  const { openClient } = await import('./client/open-client.ts')
  return openClient(settings)
}

function reportFailure(failure: unknown, typed: readonly string[]): number {
  const { stderr } = process
  if (failure instanceof CommandError) {
    stderr.write(`ERROR: ${failure.message}\n`)
    if (typed.includes('--debug') && failure.stack !== undefined) stderr.write(`${failure.stack}\n`)
    return failure.exitCode
  }
  stderr.write(`ERROR: ${isFileFailure(failure) ? failure.message : textOf(failure)}\n`)
  return 1
}

/** A file that is not there or cannot be read or written: the message of the system names it. */
function isFileFailure(failure: unknown): failure is Error {
  return failure instanceof Error && 'syscall' in failure && 'path' in failure
}

function textOf(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : 'The command failed.'
}
