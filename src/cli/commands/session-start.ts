import { namesToUnset, sessionEnvironment } from '../child-environment.ts'
import { type Command, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { startControlSession } from '../control-session.ts'
import { wholeNumberOption } from '../option-values.ts'
import { readRunFile } from '../run-file.ts'
import { allowVariableOption, formerSurroundings, surroundingsOf } from '../session-surroundings.ts'

const secondsPerHour = 3600
const defaultHours = 8
const maximumHours = 12
/** What a shell takes for an assignment. */
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/

export const sessionStart: Command = {
  path: 'session start',
  summary: 'Start a session of an app for an IDE or a debugger, and print its environment file.',
  options: [
    { name: '--app', required: true, summary: 'Name of the container app.', placeholder: 'NAME' },
    { name: '--resource-group', aliases: ['-g'], summary: 'Its resource group, when several apps have this name.' },
    { name: '--hours', summary: `How long the session lasts, 1 to ${maximumHours} (default ${defaultHours}).` },
    allowVariableOption,
  ],
  async run(context) {
    const resourceGroup = context.arguments.text('resource-group')
    const hours = wholeNumberOption(context.arguments.text('hours'), 'hours') ?? defaultHours
    if (hours < 1 || hours > maximumHours) throw new CommandError(`--hours takes 1 to ${maximumHours}.`, 2)
    const session = await startControlSession(readRunFile(context.dataDirectory), {
      kind: 'workload',
      app: { name: context.arguments.required('app'), ...(resourceGroup === undefined ? {} : { resourceGroup }) },
      attached: false,
      expiresInSeconds: hours * secondsPerHour,
      ...formerSurroundings(process.env),
    })
    const surroundings = surroundingsOf(session, {
      dataDirectory: context.dataDirectory,
      allowedVariables: context.arguments.list('allow-variable') ?? [],
    })
    const { environment, withheld } = sessionEnvironment(surroundings)
    const { lines, unsayable } = renderEnvironmentFile(environment)
    const leftOut = [...withheld, ...unsayable]
    if (leftOut.length > 0) context.note(`strongroom: not taken from the app's variables: ${leftOut.join(', ')}`)
    if (session.withheldSecrets.length > 0) {
      const names = session.withheldSecrets.join(', ')
      context.note(`strongroom: secret variables are for strongroom run alone, and are not in a file: ${names}`)
    }
    const unset = namesToUnset(process.env, surroundings)
    if (unset.length > 0)
      context.note(`strongroom: an env file cannot take variables away; unset these first: ${unset.join(', ')}`)
    const header = `# session ${session.id}, until ${session.expiresAt ?? ''}; end it with: strongroom session end --id ${session.id}`
    context.stdout.write(`${[header, ...lines].join('\n')}\n`)
    await session.end()
    return new ExitCode(0)
  },
}

/** One `NAME=value` a line, quoted for a shell and for env-file readers; `unsayable` are names that neither would take. */
function renderEnvironmentFile(environment: Readonly<Record<string, string>>): {
  readonly lines: readonly string[]
  readonly unsayable: readonly string[]
} {
  const names = Object.keys(environment)
  return {
    lines: names.filter((name) => shellName.test(name)).map((name) => `${name}=${quote(environment[name] ?? '')}`),
    unsayable: names.filter((name) => !shellName.test(name)),
  }
}

/** Quotes what a shell or an env-file reader would take apart. */
function quote(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}
