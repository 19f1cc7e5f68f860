import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readKeptCheckpoints } from '#audit/kept-checkpoints.ts'
import { type AuditVerdict, openLogSource, type VerifiedLane, verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { type Command, type CommandContext, ExitCode } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { renderResult } from '../output/render-result.ts'

const exitCodes = { verified: 0, wrong: 1, 'self-consistent': 3 } as const

export const auditVerify: Command = {
  path: 'audit verify',
  summary: 'Verify an audit log or an export of one, offline, from its files alone.',
  options: [
    {
      name: '--key',
      placeholder: 'VKEY',
      summary: 'The verifier key that was pinned, or @FILE with it; never taken from what is verified.',
    },
    {
      name: '--checkpoint',
      takes: 'list',
      placeholder: 'FILE',
      summary: 'Checkpoints kept elsewhere, which the log must contain.',
    },
  ],
  positional: { placeholder: 'PATH', summary: 'An exported folder, or a data directory (default: --data).' },
  async run(context) {
    const verdict = await verify(context)
    if (context.arguments.text('output') === 'json') {
      context.stdout.write(renderResult(verdict, { format: 'json', queried: false }))
    } else if (context.arguments.text('output') !== 'none') {
      context.stdout.write(`${sentencesOf(verdict).join('\n')}\n`)
    }
    return new ExitCode(exitCodes[verdict.outcome])
  },
}

async function verify(context: CommandContext): Promise<AuditVerdict> {
  const given = context.arguments
  if (given.positional.length > 1) throw new CommandError('audit verify takes one path.', 2)
  const [path = context.dataDirectory] = given.positional
  const directory = resolve(path)
  const key = await readKey(given.text('key'))
  try {
    const source = await openLogSource(directory)
    // Where a server keeps them unless told another place. Read before the log: a server that is writing may only make the log longer than they say.
    const kept = await readKeptCheckpoints(join(directory, 'checkpoints', 'latest'))
    const named = await Promise.all((given.list('checkpoint') ?? []).map((file) => readGivenFile(file, '--checkpoint')))
    return await verifyLog(source, {
      outsideCheckpoints: [...kept, ...named],
      ...(key === undefined ? {} : { verifierKey: key }),
    })
  } catch (failure) {
    if (!(failure instanceof ServiceError)) throw failure
    // 1 and 3 are verdicts.
    const hint =
      failure.code === 'AuditLogNotFound' ? " The log of a server on PostgreSQL is exported with 'audit export'." : ''
    throw new CommandError(`${failure.message}${hint}`, 2, { cause: failure })
  }
}

async function readKey(given: string | undefined): Promise<string | undefined> {
  if (given?.startsWith('@') !== true) return given
  return (await readGivenFile(given.slice(1), '--key')).trim()
}

async function readGivenFile(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CommandError(`${option} names a file that cannot be read: ${path}`, 2, { cause })
  }
}

function sentencesOf(verdict: AuditVerdict): readonly string[] {
  switch (verdict.outcome) {
    case 'verified':
      return ['Verified: every record is what the pinned key signed.', ...verdict.lanes.map(laneLine)]
    case 'self-consistent':
      return [
        'Self-consistent, key not pinned: every record is what the key that the log itself names signed.',
        ...verdict.lanes.map(laneLine),
        `Whoever rewrote the whole log could have named a key of their own. Compare it with the one you noted at first start, and give that one with --key: ${verdict.verifierKey}`,
      ]
    case 'wrong':
      return [
        `WRONG: ${verdict.sentence}`,
        verdict.verifiedSize === 0
          ? `No record of lane ${verdict.lane} is vouched for.`
          : `Records before ${verdict.lane}/${verdict.verifiedSize} are covered by checkpoints that hold.`,
      ]
  }
}

function laneLine({ lane, size, checkpoints, root }: VerifiedLane): string {
  return `lane ${lane}: ${size} records, ${checkpoints} checkpoints, root ${root}`
}
