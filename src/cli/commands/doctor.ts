import { systemClock } from '#base/clock.ts'
import { type Command, ExitCode } from '../command.ts'
import { outputFormats } from '../output/output-formats.ts'
import { renderResult } from '../output/render-result.ts'
import { reportRefusals } from '../service-failure.ts'

export const doctor: Command = {
  path: 'doctor',
  summary:
    'Look an installation over: exit 10 modes, 11 key-encryption key, 12 database, 13 certificate authority, 14 clock, 15 audit log.',
  options: [
    { name: '--database', summary: "As for 'serve'.", placeholder: 'DATABASE' },
    { name: '--database-url-file', summary: "As for 'serve'.", placeholder: 'FILE' },
    { name: '--kek-file', summary: "As for 'serve'.", placeholder: 'FILE' },
    { name: '--passphrase-file', summary: "As for 'serve'.", placeholder: 'FILE' },
    { name: '--checkpoint-file', summary: "As for 'serve'.", placeholder: 'FILE' },
    { name: '--dev', takes: 'switch', summary: "As for 'serve'." },
  ],
  async run(context) {
    const given = context.arguments
    const { doctorChecks, examineInstallation } = await import('#app/doctor.ts')
    const findings = await reportRefusals(() =>
      examineInstallation(
        {
          dataDirectory: context.dataDirectory,
          database: given.text('database'),
          databaseUrlFile: given.text('database-url-file'),
          kekFile: given.text('kek-file'),
          passphraseFile: given.text('passphrase-file'),
          checkpointFile: given.text('checkpoint-file'),
          passThrough: true,
          development: given.flag('dev'),
        },
        systemClock,
      ),
    )
    const format = outputFormats.find((known) => known === given.text('output'))
    const lines = findings.map(({ check, outcome, sentence }) => `${outcome.padEnd(8)}${check.padEnd(11)}${sentence}\n`)
    context.stdout.write(format === undefined ? lines.join('') : renderResult(findings, { format, queried: false }))
    const bad = findings.find(({ outcome }) => outcome === 'wrong')
    return new ExitCode(doctorChecks.find(({ name }) => name === bad?.check)?.exitCode ?? 0)
  },
}
