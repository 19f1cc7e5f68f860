import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { strongroom } from './running-server.ts'

export interface EndedProcess {
  /** The exit code, or the signal that ended it. */
  readonly end: number | NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface ProcessOptions {
  /** The whole environment; default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Path of the program; default: the launcher of this checkout. */
  readonly program?: string
}

/** One run of the command line as its own process, to be watched, fed and signalled. */
export class StrongroomProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly ended: Promise<EndedProcess>
  readonly #stdout: Buffer[] = []
  readonly #stderr: Buffer[] = []

  constructor(words: readonly string[], options: ProcessOptions = {}) {
    const { environment, cwd, program = strongroom } = options
    this.child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(environment === undefined ? {} : { env: { ...environment } }),
    })
    this.child.stdout.on('data', (chunk: Buffer) => this.#stdout.push(chunk))
    this.child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk))
    this.child.stdin.on('error', () => undefined)
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code, signal) =>
        resolve({ end: code ?? signal, stdout: Buffer.concat(this.#stdout), stderr: this.stderr }),
      )
    })
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString('utf8')
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8')
  }

  /** Resolves once stdout holds this text. */
  async says(text: string): Promise<void> {
    let hasEnded = false
    const end = (): void => {
      hasEnded = true
    }
    this.ended.then(end, end)
    await until(() => this.stdout.includes(text) || hasEnded, `the text '${text}' on stdout`)
    if (!this.stdout.includes(text)) throw new Error(`It ended without saying '${text}': ${this.stderr}`)
  }
}

/** Runs the command line to its end. */
export function runStrongroom(
  words: readonly string[],
  options: ProcessOptions & { readonly input?: string | Buffer } = {},
): Promise<EndedProcess> {
  const running = new StrongroomProcess(words, options)
  running.child.stdin.end(options.input)
  return running.ended
}

/**
 * Waits until something holds, looking every few milliseconds. Throws after `seconds`, naming what was waited for: after so many
 * that only what will never come takes longer, however slow the machine is.
 */
export async function until(holds: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${seconds} s in vain for ${what}.`)
    await delay(20)
  }
}

/** A HOME and a TMPDIR of its own, and a mark by which every process that was started with them is known. */
export class Surroundings {
  readonly directory: string
  readonly home: string
  readonly temporary: string
  readonly mark = randomBytes(12).toString('hex')

  constructor(directory: string) {
    this.directory = directory
    this.home = join(directory, 'home')
    this.temporary = join(directory, 'tmp')
    for (const folder of [this.home, this.temporary]) mkdirSync(folder, { recursive: true })
  }

  /** This process's environment with these surroundings. */
  get environment(): Readonly<Record<string, string | undefined>> {
    return { ...process.env, HOME: this.home, TMPDIR: this.temporary, TEST_MARK: this.mark }
  }

  /** The process ids of what was started with these surroundings and is alive. Linux only. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid && this.#isMarked(pid))
      .sort((a, b) => a - b)
  }

  /** Every path below HOME, TMPDIR and the folders given, sorted. */
  files(...folders: readonly string[]): string[] {
    return [this.home, this.temporary, ...folders].flatMap((folder) => pathsBelow(folder)).sort()
  }

  #isMarked(pid: number): boolean {
    try {
      // A process that has ended and was not waited for has an empty environment.
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TEST_MARK=${this.mark}`)
    } catch {
      return false
    }
  }
}

/** A folder that is removed meanwhile has nothing in it. */
function pathsBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? [path, ...pathsBelow(path)] : [path]
    })
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return []
    throw failure
  }
}
