import type { Command } from '../command.ts'
import { ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { type CompletionShell, completionScript, completionShells } from '../completion.ts'

/** `completion SHELL`, made for a list of commands that it is part of itself. */
export function createCompletion(commands: () => readonly Command[]): Command {
  return {
    path: 'completion',
    summary: 'Print a script that completes commands and options: source it in the shell.',
    options: [],
    positional: { placeholder: 'bash|zsh|fish', summary: 'The shell.' },
    async run(context) {
      const [named = ''] = context.arguments.positional
      const shell: CompletionShell | undefined = completionShells.find((known) => known === named)
      if (shell === undefined) throw new CommandError(`Choose a shell: ${completionShells.join(', ')}.`, 2)
      context.stdout.write(completionScript(shell, commands()))
      return new ExitCode(0)
    },
  }
}
