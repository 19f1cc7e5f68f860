import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CommandError } from './command-error.ts'

export interface Launch {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Resolves when the session behind the command is gone; the command is then ended. */
  readonly sessionLost: Promise<void>
}

const forwardedSignals = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
] as const
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
}

/**
 * Runs a command with the caller's terminal and resolves to its exit code (128 + signal when a signal ended it). Signals are
 * passed on. On Linux the child dies with this process, also when that is killed.
 */
export async function launch(start: Launch): Promise<number> {
  const [program, ...parameters] = start.command
  if (program === undefined)
    throw new CommandError('Name the command to run after --, as in: strongroom shell -- az account show', 2)
  const path = start.environment['PATH'] ?? ''
  if (findOnPath(program, path) === undefined) throw new CommandError(`The command '${program}' was not found.`, 127)
  const guard = process.platform === 'linux' ? findOnPath('setpriv', path) : undefined
  const child =
    guard === undefined
      ? spawn(program, parameters, { stdio: 'inherit', env: { ...start.environment } })
      : spawn(guard, ['--pdeathsig', 'KILL', '--', program, ...parameters], {
          stdio: 'inherit',
          env: { ...start.environment },
        })
  const stopForwarding = forwardSignals(child)
  void start.sessionLost.then(() => child.kill('SIGTERM'))
  try {
    return await exitCodeOf(child, program)
  } finally {
    stopForwarding()
  }
}

function forwardSignals(child: ChildProcess): () => void {
  const handlers = forwardedSignals.map((signal) => {
    const pass = (): void => {
      child.kill(signal)
    }
    process.on(signal, pass)
    return () => process.off(signal, pass)
  })
  return () => {
    for (const stop of handlers) stop()
  }
}

function exitCodeOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new CommandError(`The command '${program}' could not be started.`, 126, { cause })),
    )
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ''] ?? 15)))
  })
}

/** The executable file that `name` stands for, or undefined. */
function findOnPath(name: string, path: string): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : path
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, name))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
