import { buildChildEnvironment } from './child-environment.ts'
import { type CommandContext, ExitCode } from './command.ts'
import { CommandError } from './command-error.ts'
import { type SessionRequest, startControlSession } from './control-session.ts'
import { withEphemeralServer } from './ephemeral-server.ts'
import { launch } from './launch.ts'
import { readRunFile } from './run-file.ts'
import { formerSurroundings, surroundingsOf } from './session-surroundings.ts'

type Who =
  | { readonly kind: 'operator' }
  | { readonly kind: 'workload'; readonly app: { readonly name: string; readonly resourceGroup?: string } }

/** Runs the words after `--` under a session of the operator or of an app, and gives the command's own exit code. */
export async function runInSession(context: CommandContext, who: Who): Promise<ExitCode> {
  if (context.arguments.rest.length === 0)
    throw new CommandError('Name the command to run after --, as in: strongroom shell -- az account show', 2)
  if (!context.arguments.flag('ephemeral')) return runOn(context, who, context.dataDirectory)
  return withEphemeralServer(context, (dataDirectory) => runOn(context, who, dataDirectory))
}

async function runOn(context: CommandContext, who: Who, dataDirectory: string): Promise<ExitCode> {
  const asked: SessionRequest = {
    ...(who.kind === 'workload' ? { ...who, secretVariables: true } : who),
    ...formerSurroundings(process.env),
  }
  const session = await startControlSession(readRunFile(dataDirectory), asked)
  try {
    const allowedVariables = context.arguments.list('allow-variable') ?? []
    const child = buildChildEnvironment(process.env, surroundingsOf(session, { dataDirectory, allowedVariables }))
    const { environment, replaced, withheld } = child
    if (replaced.length > 0) context.note(`strongroom: replaced in the command's environment: ${replaced.join(', ')}`)
    if (withheld.length > 0) context.note(`strongroom: not taken from the app's variables: ${withheld.join(', ')}`)
    const note = (line: string): void => context.note(line)
    return new ExitCode(await launch({ command: context.arguments.rest, environment, sessionLost: session.lost, note }))
  } finally {
    await session.end()
  }
}
