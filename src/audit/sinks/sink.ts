/** A place outside the log that gets copies of records. Named in the server's configuration only. */
export interface AuditSink {
  readonly name: string
  /**
   * Takes lines of the log, in order, and resolves when they are as safe there as the sink can make them. What was begun and
   * failed is delivered again, so a line may come twice. Throws when it cannot take them now.
   */
  deliver(lines: readonly string[]): Promise<void>
}
