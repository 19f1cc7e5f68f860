/** A failure that a command reports as one line on stderr, with the exit code that says which kind it is. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** 1 the operation failed, 2 wrong use or no server, 3 not found (az's codes) or, for `audit verify`, unpinned. */
  readonly exitCode: number

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
