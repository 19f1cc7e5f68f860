import type { Command } from '../command.ts'
import { runInSession } from '../run-in-session.ts'

export const shell: Command = {
  path: 'shell',
  summary: 'Run a command as the operator, as Azure Cloud Shell does.',
  options: [
    {
      name: '--ephemeral',
      takes: 'switch',
      summary: 'Start a private server on a temporary directory for the life of the command.',
    },
  ],
  rest: { placeholder: 'CMD...', summary: 'The command and its words.' },
  run: (context) => runInSession(context, { kind: 'operator' }),
}
