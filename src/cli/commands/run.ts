import type { Command } from '../command.ts'
import { runInSession } from '../run-in-session.ts'
import { allowVariableOption } from '../session-surroundings.ts'

export const run: Command = {
  path: 'run',
  summary:
    'Run a command as an app: with its identity and its environment variables, those of secrets too, and nothing stored.',
  options: [
    { name: '--app', required: true, summary: 'Name of the container app.', placeholder: 'NAME' },
    { name: '--resource-group', aliases: ['-g'], summary: 'Its resource group, when several apps have this name.' },
    allowVariableOption,
    {
      name: '--ephemeral',
      takes: 'switch',
      summary: 'Start a private server on a temporary directory for the life of the command.',
    },
  ],
  rest: { placeholder: 'CMD...', summary: 'The command and its words.' },
  run(context) {
    const resourceGroup = context.arguments.text('resource-group')
    const app = { name: context.arguments.required('app'), ...(resourceGroup === undefined ? {} : { resourceGroup }) }
    return runInSession(context, { kind: 'workload', app })
  },
}
