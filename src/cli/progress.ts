import { CommandError } from './command-error.ts'

const frames = ['|', '/', '-', '\\']
const frameMilliseconds = 120
const firstFrameMilliseconds = 400

/** Shows on a terminal's stderr that something is still running, until it has ended; says nothing anywhere else. */
export function showRunning(ended: Promise<unknown>): void {
  const { stderr } = process
  if (!stderr.isTTY) return
  let at = 0
  let timer = setTimeout(draw, firstFrameMilliseconds)
  function draw(): void {
    stderr.write(`\r${frames[at++ % frames.length] ?? ''} Running ..`)
    timer = setTimeout(draw, frameMilliseconds)
  }
  const clear = (): void => {
    clearTimeout(timer)
    if (at > 0) stderr.write('\r\u001b[K')
  }
  void ended.then(clear, clear)
}

/**
 * Asks a person on the terminal whether to go on. Throws `CommandError` (1): without a terminal, and for any answer but yes.
 */
export async function confirm(question: string): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new CommandError('Unable to prompt for confirmation as no tty available. Use --yes.', 1)
  const { createInterface } = await import('node:readline')
  const asking = createInterface({ input: process.stdin, output: process.stderr, prompt: `${question} (y/n): ` })
  try {
    asking.prompt()
    for await (const line of asking) {
      const answer = line.trim().toLowerCase()
      if (answer === 'y' || answer === 'yes') return
      if (answer === 'n' || answer === 'no') break
      asking.prompt()
    }
    throw new CommandError('Operation cancelled.', 1)
  } finally {
    asking.close()
  }
}

/** Asks a person on the terminal for a secret, which is not shown. Throws `CommandError` (1) without a terminal. */
export async function askSecret(question: string): Promise<string> {
  if (process.stdin.isTTY !== true)
    throw new CommandError('There is no terminal to ask on. Give --password @FILE, or --password @- for the input.', 1)
  const { createInterface } = await import('node:readline')
  const { Writable } = await import('node:stream')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true })
  // After the terminal has stopped showing what is typed.
  process.stderr.write(question)
  try {
    for await (const line of asking) return line
    throw new CommandError('Operation cancelled.', 1)
  } finally {
    asking.close()
    process.stderr.write('\n')
  }
}
