import { sessionVariables } from '../child-environment.ts'
import { type Command, ExitCode } from '../command.ts'
import { startControlSession } from '../control-session.ts'
import { wholeNumberOption } from '../option-values.ts'
import { readRunFile } from '../run-file.ts'
import { formerSurroundings, surroundingsOf } from '../session-surroundings.ts'

const secondsPerHour = 3600

export const sessionStart: Command = {
  path: 'session start',
  summary: 'Start a session of an app for an IDE or a debugger, and print its environment file.',
  options: [
    { name: '--app', required: true, summary: 'Name of the container app.', placeholder: 'NAME' },
    { name: '--resource-group', aliases: ['-g'], summary: 'Its resource group, when several apps have this name.' },
    { name: '--hours', summary: 'How long the session lasts, 1 to 12 (default 8).' },
  ],
  async run(context) {
    const resourceGroup = context.arguments.text('resource-group')
    const hours = wholeNumberOption(context.arguments.text('hours'), 'hours') ?? 8
    const session = await startControlSession(readRunFile(context.dataDirectory), {
      kind: 'workload',
      app: { name: context.arguments.required('app'), ...(resourceGroup === undefined ? {} : { resourceGroup }) },
      attached: false,
      expiresInSeconds: hours * secondsPerHour,
      ...formerSurroundings(process.env),
    })
    const surroundings = surroundingsOf(session, context.dataDirectory)
    const lines = [
      `# session ${session.id}, until ${session.expiresAt ?? ''}; end it with: strongroom session end --id ${session.id}`,
      ...Object.entries({ ...surroundings.variables, ...sessionVariables(surroundings) }).map(
        ([name, value]) => `${name}=${quoteForEnvironmentFile(value)}`,
      ),
    ]
    context.stdout.write(`${lines.join('\n')}\n`)
    await session.end()
    return new ExitCode(0)
  },
}

/** Quotes what a shell or an env-file reader would take apart. */
function quoteForEnvironmentFile(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}
