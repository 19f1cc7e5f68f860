import type { LogSource } from '#audit/log-source.ts'
import { parseTailFilter, type TailedRecord, tailRecords } from '#audit/tail.ts'
import { databaseUrlFileOption, withAuditLog } from '../audit-log-options.ts'
import { auditColumns, expandFilterTerms, rowOfAuditRecord } from '../audit-record-view.ts'
import { type Command, type CommandContext, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { wholeNumberOption } from '../option-values.ts'
import { reportRefusals } from '../service-failure.ts'

export const auditTail: Command = {
  path: 'audit tail',
  summary: 'Show the audit records of an installation, with its server running or not.',
  options: [
    { name: '--follow', aliases: ['-f'], takes: 'switch', summary: 'Go on with records as they are made.' },
    {
      name: '--filter',
      takes: 'list',
      placeholder: 'KEY=VALUE',
      summary:
        'Only records where all of these hold: operationName, surface, operation, decision, principal, status, lane …',
    },
    { name: '--last', placeholder: 'COUNT', summary: 'Only the last so many records of each lane, before filtering.' },
    databaseUrlFileOption,
  ],
  table: (result) => (Array.isArray(result) ? result.map(rowOfAuditRecord) : []),
  async run(context) {
    const given = context.arguments
    const filter = await reportRefusals(async () => parseTailFilter(expandFilterTerms(given.list('filter') ?? [])))
    const last = wholeNumberOption(given.text('last'), 'last')
    const options = { filter, ...(last === undefined ? {} : { last }) }
    return withAuditLog(context, async (source) => {
      if (given.flag('follow')) return follow(context, source, options)
      const records: TailedRecord[] = []
      for await (const tailed of tailRecords(source, options)) records.push(tailed)
      // Each lane is in order; several become one trail by their times.
      if (records.some((tailed) => tailed.lane !== records[0]?.lane)) records.sort(compareTimes)
      return records.map((tailed) => tailed.record)
    })
  },
}

function compareTimes(one: TailedRecord, other: TailedRecord): number {
  const [first, second] = [String(one.record['time']), String(other.record['time'])]
  return first < second ? -1 : first > second ? 1 : one.lane - other.lane
}

/** Prints each record as it comes: its exact line, or a row of the table. Ends with a signal or with whoever reads. */
async function follow(
  context: CommandContext,
  source: LogSource,
  options: Parameters<typeof tailRecords>[1],
): Promise<ExitCode> {
  const { arguments: given, stdout } = context
  if (given.text('query') !== undefined) throw new CommandError('--query needs a whole result; leave out --follow.', 2)
  const render = rendererOf(given.text('output') ?? 'json')
  const ending = new AbortController()
  const end = (): void => ending.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  stdout.once('error', end)
  if (render.heading !== '') stdout.write(render.heading)
  for await (const tailed of tailRecords(source, { ...options, follow: true, signal: ending.signal })) {
    const line = render.line(tailed)
    if (line === '' || stdout.write(line)) continue
    await new Promise<void>((resolve) => {
      stdout.once('drain', resolve)
      ending.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  return new ExitCode(0)
}

interface Renderer {
  readonly heading: string
  line(tailed: TailedRecord): string
}

function rendererOf(format: string): Renderer {
  const cells = (tailed: TailedRecord): readonly string[] => {
    const row = rowOfAuditRecord(tailed.record)
    return auditColumns.map((column) => row[column.name])
  }
  const padded = (texts: readonly string[]): string =>
    `${texts
      .map((text, at) => text.padEnd(auditColumns[at]?.width ?? 0))
      .join('  ')
      .trimEnd()}\n`
  switch (format) {
    case 'table':
      return {
        heading: padded(auditColumns.map((column) => column.name)),
        line: (tailed) => padded(cells(tailed)),
      }
    case 'tsv':
      return { heading: '', line: (tailed) => `${cells(tailed).join('\t')}\n` }
    case 'none':
      return { heading: '', line: () => '' }
    default:
      return { heading: '', line: (tailed) => `${tailed.line}\n` }
  }
}
