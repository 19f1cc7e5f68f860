/** The logging port. Fields are allow-listed by the caller: identifiers, counts and durations; never values or tokens. */
export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined | Error>>

/** Says nothing; for tests and for commands that print their own lines. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }
