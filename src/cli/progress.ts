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
  const { createInterface } = await import('node:readline/promises')
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    for (;;) {
      const answer = (await asking.question(`${question} (y/n): `)).trim().toLowerCase()
      if (answer === 'y' || answer === 'yes') return
      if (answer === 'n' || answer === 'no' || answer === '') throw new CommandError('Operation cancelled.', 1)
    }
  } finally {
    asking.close()
  }
}

/** Asks a person on the terminal for a secret, which is not shown. Throws `CommandError` (1) without a terminal. */
export async function askSecret(question: string): Promise<string> {
  if (process.stdin.isTTY !== true)
    throw new CommandError('There is no terminal to ask on. Give --password @FILE, or --password @- for the input.', 1)
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await asking.question('')
  } finally {
    asking.close()
    process.stderr.write('\n')
  }
}
