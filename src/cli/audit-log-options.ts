import { LogFault, type LogSource } from '#audit/log-source.ts'
import type { CommandContext, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { reportRefusals } from './service-failure.ts'

/** Where the log is when the server's database is PostgreSQL. */
export const databaseUrlFileOption: CommandOption = {
  name: '--database-url-file',
  summary: 'For a server on PostgreSQL: a file of mode 0600 with the postgres:// address.',
  placeholder: 'FILE',
}

/** Runs `work` over the installation's audit log, which a server may be writing meanwhile. */
export function withAuditLog<T>(context: CommandContext, work: (source: LogSource) => Promise<T>): Promise<T> {
  return reportRefusals(async () => {
    const { openAuditSource } = await import('#app/audit-source.ts')
    const opened = await openAuditSource({
      dataDirectory: context.dataDirectory,
      databaseUrlFile: context.arguments.text('database-url-file'),
    })
    try {
      return await work(opened.source)
    } catch (failure) {
      if (!(failure instanceof LogFault)) throw failure
      const sentence = `Lane ${failure.lane} of the audit log is damaged after ${failure.size} records: ${failure.message}.`
      throw new CommandError(`${sentence} Run 'strongroom audit verify'.`, 1, { cause: failure })
    } finally {
      await opened.close()
    }
  })
}
