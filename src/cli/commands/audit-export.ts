import { resolve } from 'node:path'
import { exportLog } from '#audit/export.ts'
import { databaseUrlFileOption, withAuditLog } from '../audit-log-options.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const auditExport: Command = {
  path: 'audit export',
  summary: 'Write the audit log as static files that anyone can verify (C2SP tlog-tiles).',
  options: [databaseUrlFileOption],
  positional: { placeholder: 'DIR', summary: 'A new or empty folder.' },
  async run(context) {
    const [directory, ...others] = context.arguments.positional
    if (directory === undefined || others.length > 0) throw new CommandError('audit export takes one folder.', 2)
    return withAuditLog(context, (source) => exportLog(source, resolve(directory)))
  },
}
