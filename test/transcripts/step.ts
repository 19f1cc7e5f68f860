/**
 * A command of a transcript and what it must do. Output is compared without chance (see `withoutChance`), and whole: what a step
 * does not expect on stdout must not be there.
 */
export interface Step {
  /** Shell text; a command of az begins with `az`, or with `strongroom run … -- az`. */
  readonly run: string
  /** The exit code; default 0. */
  readonly code?: number
  /** The whole of stdout. */
  readonly prints?: string
  /** The whole of stdout, as JSON. */
  readonly json?: unknown
  /** A part of stderr. */
  readonly says?: string
}

/** The words of the command of az that a step runs, such as `keyvault secret show`; undefined when it runs none. */
export function wordsOfAz({ run }: Step): string | undefined {
  const [, words] = /^(?:strongroom run .*? -- (?:env \S+ )?)?az ((?:[a-z][a-z-]*(?: |$))+)/.exec(run) ?? []
  return words?.trim()
}
