import type { ServerClient } from './server-client.ts'

/** One flag of a command, in az's spelling. */
export interface CommandOption {
  /** `--resource-group`; aliases such as `-g` stand in `aliases`. */
  readonly name: `--${string}`
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly required?: boolean
  /** `switch` takes no value; `list` takes one or more words. */
  readonly takes?: 'value' | 'switch' | 'list'
  readonly placeholder?: string
}

/** The options given, by name without dashes. */
export interface CommandArguments {
  text(name: string): string | undefined
  required(name: string): string
  list(name: string): readonly string[] | undefined
  flag(name: string): boolean
  /** Words after `--`, for commands that start another command. */
  readonly rest: readonly string[]
  readonly positional: readonly string[]
}

export interface CommandContext {
  readonly arguments: CommandArguments
  /** The server, as the operator's own session; opened at first use and ended with the command. */
  server(): Promise<ServerClient>
  readonly stdout: NodeJS.WritableStream
  /** Progress and warnings; one line each, on stderr. */
  note(line: string): void
  readonly dataDirectory: string
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
  readonly table?: (result: unknown) => readonly Readonly<Record<string, unknown>>[]
  run(context: CommandContext): Promise<unknown>
}

/** What a command returns in place of a result when its exit code is the answer. */
export class ExitCode {
  readonly code: number
  constructor(code: number) {
    this.code = code
  }
}
