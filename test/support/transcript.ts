import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInShell } from './az.ts'
import { type Finished, type RunningServer, strongroom } from './running-server.ts'

/** Which program the word `az` means in a transcript: the real one, by its folder, or the command line of this checkout. */
export type AzProgram = { readonly folder: string } | 'strongroom'

/** One command of a transcript: the shell text as it was given, and what became of it. */
export interface Spoken extends Finished {
  readonly command: string
}

/**
 * Runs shell commands one after the other in one shell under one `strongroom shell`, and keeps exit code and output of each.
 * Variables that one sets are there for the next; a command that fails ends nothing. Each text is run as it stands, whatever
 * its lines, and `strongroom` is this checkout's. Files that the commands name without a folder lie in a folder of the transcript's own. `runScript` runs the shell
 * somewhere else than under `strongroom shell`.
 */
export async function speak(
  server: RunningServer,
  program: AzProgram,
  commands: readonly string[],
  runScript: typeof runInShell = runInShell,
): Promise<readonly Spoken[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'strongroom-transcript-'))
  try {
    const script = join(scratch, 'script.sh')
    const steps = commands.map(
      (command, at) => `{\n${command}\n} >"$KEPT/${at}.stdout" 2>"$KEPT/${at}.stderr"; echo $? >"$KEPT/${at}.code"`,
    )
    writeFileSync(
      script,
      [`PATH='${dirname(strongroom)}':$PATH`, meaningOfAz(program), `KEPT=${scratch}`, `cd "$KEPT"`, ...steps, ''].join(
        '\n',
      ),
    )
    const whole = await runScript(server, ['bash', script])
    if (whole.code !== 0) throw new Error(`The shell of the transcript ended with ${whole.code}: ${whole.stderr}`)
    const kept = (name: string): string => readFileSync(join(scratch, name), 'utf8')
    return commands.map((command, at) => ({
      command,
      code: Number(kept(`${at}.code`)),
      stdout: kept(`${at}.stdout`),
      stderr: kept(`${at}.stderr`),
    }))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function meaningOfAz(program: AzProgram): string {
  return program === 'strongroom' ? `az() { strongroom "$@"; }` : `PATH='${program.folder}':$PATH`
}

/**
 * The text with what differs between runs replaced, each kind by a text of the same width: GUIDs, identifiers of 32 hexadecimal
 * digits, points in time, the domain of an environment and the suffix of a revision. Tables keep their columns, but for times.
 */
export function withoutChance(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '00000000-0000-0000-0000-000000000000')
    .replace(/\b[0-9a-f]{32}\b/gi, '0'.repeat(32))
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?/g, '2000-01-01T00:00:00+00:00')
    .replace(/\benv-[0-9a-f]{10}(?=\.)/g, 'env-0000000000')
    .replace(/(?<=[a-z0-9]--)[a-z0-9]{7}\b/g, '0000000')
}

/** What one program said on one server, to be asked command by command. */
export class Transcript {
  readonly server: RunningServer
  readonly spoken: readonly Spoken[]

  private constructor(server: RunningServer, spoken: readonly Spoken[]) {
    this.server = server
    this.spoken = spoken
  }

  /** `speak`, with the answers kept. */
  static async of(server: RunningServer, program: AzProgram, commands: readonly string[]): Promise<Transcript> {
    return new Transcript(server, await speak(server, program, commands))
  }

  /** What became of a command, by its text. */
  after(command: string): Spoken {
    const spoken = this.spoken.find((one) => one.command === command)
    if (spoken === undefined) throw new Error(`This was not said: ${command}`)
    return spoken
  }

  /** What a command printed, as JSON. */
  json(command: string) {
    return JSON.parse(this.after(command).stdout)
  }
}

/** The commands that did not end with 0, with what they printed. */
export function failures({ spoken }: Transcript): readonly Spoken[] {
  return spoken.filter(({ code }) => code !== 0)
}

/** The first words of a command, on one line. */
export function titleOf(command: string): string {
  return command.replaceAll('\\\n', '').replace(/\s+/g, ' ').slice(0, 70)
}
