import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants as modes, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { CommandError } from './command-error.ts'

export interface Launch {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Resolves when the session behind the command is gone; the command is then ended. */
  readonly sessionLost: Promise<void>
  /** One line for people, on stderr. */
  note(line: string): void
}

/** How long a command may take to end itself once its session is gone. */
const graceMilliseconds = 5000
/** What a terminal sends to its whole foreground group: the command has it already. */
const terminalSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH'])

const forwardedSignals: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
]

/**
 * Runs a command with the caller's terminal and resolves to its exit code (128 + signal when a signal ended it). Signals are
 * passed on. On Linux the child dies with this process, also when that is killed. A command whose session is lost is asked
 * to end, then made to.
 */
export async function launch(start: Launch): Promise<number> {
  const [program, ...parameters] = start.command
  if (program === undefined)
    throw new CommandError('Name the command to run after --, as in: strongroom shell -- az account show', 2)
  // The caller's: what the command is given may be somebody else's choice.
  const path = process.env['PATH'] ?? ''
  const found = findOnPath(program, path)
  if (found === undefined) throw new CommandError(`The command '${program}' was not found.`, 127)
  const guard = process.platform === 'linux' ? findOnPath('setpriv', path) : undefined
  // By what was found, not by name: a name would be looked up again, on the command's own PATH. setpriv passes on no other argv[0].
  const [file, argv0, words] =
    guard === undefined
      ? [found, program, parameters]
      : [guard, guard, ['--pdeathsig', 'KILL', '--', found, ...parameters]]
  // Before the command exists: it may have asked for a signal by the time that `spawn` comes back.
  const signals = forwardSignals()
  const child = spawn(file, words, { argv0, stdio: 'inherit', env: { ...start.environment } })
  signals.passTo(child)
  const ended = exitCodeOf(child, program)
  let last: NodeJS.Timeout | undefined
  void start.sessionLost.then(() => {
    if (child.exitCode !== null || child.signalCode !== null) return
    start.note(`strongroom: the server is gone, and the session with it; '${program}' is ended.`)
    child.kill('SIGTERM')
    last = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds)
  })
  try {
    return await ended
  } finally {
    clearTimeout(last)
    signals.stopForwarding()
  }
}

/**
 * Has a directory removed once this process is gone, however it ends: a small shell waits for the end of a pipe that only this
 * process holds. What is returned ends that shell and resolves once it is gone.
 */
export function removeAfterwards(directory: string): () => Promise<void> {
  const script = 'read -r _; rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }'
  // In a session of its own: what the terminal sends to end the command must not end this.
  const guard = spawn('/bin/sh', ['-c', script, 'sh', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  })
  const gone = new Promise<void>((resolve) => {
    guard.once('error', () => resolve())
    guard.once('exit', () => resolve())
  })
  guard.unref()
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return async () => {
    guard.ref()
    guard.stdin.end()
    await gone
  }
}

/** Keeps this process alive through the signals it is sent, and passes them to the command once there is one. */
function forwardSignals(): { passTo(child: ChildProcess): void; stopForwarding(): void } {
  const onTerminal = process.stdin.isTTY === true
  let command: ChildProcess | undefined
  const early: NodeJS.Signals[] = []
  const pass = (signal: NodeJS.Signals): void => {
    if (onTerminal && terminalSignals.has(signal)) return
    if (command === undefined) early.push(signal)
    else command.kill(signal)
  }
  for (const signal of forwardedSignals) process.on(signal, pass)
  return {
    passTo(child) {
      command = child
      for (const signal of early) child.kill(signal)
    },
    stopForwarding() {
      for (const signal of forwardedSignals) process.off(signal, pass)
    },
  }
}

function exitCodeOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new CommandError(`The command '${program}' could not be started.`, 126, { cause })),
    )
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

/** The executable file that `name` stands for, as a path, or undefined; a name that is a path stays as it is. */
function findOnPath(name: string, path: string): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : path
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => resolve(folder, name))
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, modes.X_OK)
      return statSync(candidate).isFile()
    } catch {
      return false
    }
  })
}
