import { writeFile } from 'node:fs/promises'
import { parseRecordPlace, proveRecord } from '#audit/prove.ts'
import { databaseUrlFileOption, withAuditLog } from '../audit-log-options.ts'
import { type Command, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const auditProve: Command = {
  path: 'audit prove',
  summary: 'Print the proof that a record is in the log, for any verifier of C2SP tlog-proof.',
  options: [
    {
      name: '--record-file',
      placeholder: 'FILE',
      summary: "Write the record's exact bytes here; the proof is of them.",
    },
    databaseUrlFileOption,
  ],
  positional: { placeholder: 'LANE/SEQUENCE', summary: 'The record, such as 0/41.' },
  async run(context) {
    const [text, ...others] = context.arguments.positional
    if (text === undefined || others.length > 0) throw new CommandError('audit prove takes one LANE/SEQUENCE.', 2)
    const { line, proof } = await withAuditLog(context, async (source) => {
      const { lane, sequence } = parseRecordPlace(text)
      return proveRecord(source, lane, sequence)
    })
    const recordFile = context.arguments.text('record-file')
    if (recordFile !== undefined) await writeFile(recordFile, line, { mode: 0o600 })
    if (context.arguments.text('output') !== undefined) return { line: line.toString('utf8'), proof }
    context.stdout.write(proof)
    return new ExitCode(0)
  },
}
