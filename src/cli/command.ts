import type { ServerClient } from './client/server-client.ts'
import type { TableRows } from './output/render-result.ts'

/** One flag of a command, in az's spelling. */
export interface CommandOption {
  /** `--resource-group`; aliases such as `-g` stand in `aliases`. */
  readonly name: `--${string}`
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly required?: boolean
  /**
   * `switch` takes no value; `list` takes one or more words, `any-list` also none; `boolean` takes true or false, and means true
   * without a word, as az's three-state flags do.
   */
  readonly takes?: 'value' | 'switch' | 'list' | 'any-list' | 'boolean'
  /** The words that can be given, in any letter case. */
  readonly values?: readonly string[]
  readonly placeholder?: string
}

/** The options given, by name without dashes. */
export interface CommandArguments {
  text(name: string): string | undefined
  required(name: string): string
  list(name: string): readonly string[] | undefined
  flag(name: string): boolean
  /** A `boolean` option: undefined when it was not given. */
  boolean(name: string): boolean | undefined
  /** Words after `--`, for commands that start another command. */
  readonly rest: readonly string[]
  readonly positional: readonly string[]
}

export interface CommandContext {
  readonly arguments: CommandArguments
  /**
   * The server, as whoever signed in with `login`, else as the operator's own session; opened at first use and ended with the
   * command.
   */
  server(): Promise<ServerClient>
  readonly stdout: NodeJS.WritableStream
  /** Progress and warnings; one line each, on stderr. */
  note(line: string): void
  /** A warning, on stderr; not shown with `--only-show-errors`. */
  warn(line: string): void
  readonly dataDirectory: string
  /** Whether `dataDirectory` was named by the flag or the environment, not by default. */
  readonly dataDirectoryIsNamed: boolean
}

/** One command: one value in one file. What `run` returns is printed in the chosen output format. */
export interface Command {
  /** The words, as in `keyvault secret set`. */
  readonly path: string
  readonly summary: string
  readonly options: readonly CommandOption[]
  /** Whether words after `--` (or positional words) are taken. */
  readonly rest?: { readonly placeholder: string; readonly summary: string }
  readonly positional?: { readonly placeholder: string; readonly summary: string }
  /** The rows of the command's own table; without it, az's rules for any result. */
  readonly table?: TableRows
  readonly tableShowsIds?: boolean
  /** Whether a person is asked before it runs; `--yes` answers beforehand. */
  readonly confirms?: boolean
  /** Whether `--ids` may name the resources in place of `--resource-group` and `--name`: it then runs once for each. */
  readonly takesIds?: boolean
  run(context: CommandContext): Promise<unknown>
}

/** What a command returns in place of a result when its exit code is the answer. */
export class ExitCode {
  readonly code: number
  constructor(code: number) {
    this.code = code
  }
}
