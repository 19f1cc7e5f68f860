import { ServiceError } from '#base/errors.ts'
import { encodeTreeHash, hashLeaf, InclusionProver, verifyInclusion } from '#crypto/merkle.ts'
import { readUnverifiedCheckpoint } from './checkpoint.ts'
import type { LogSource } from './log-source.ts'

/** A record by its place, and the text that proves it is in the log. */
export interface RecordProof {
  /** The record's exact line. */
  readonly line: Buffer
  /** C2SP tlog-proof text: index, hashes, and the newest signed checkpoint. */
  readonly proof: string
}

/**
 * Proves that record `sequence` of `lane` is in the log, against the lane's newest checkpoint. Reads the whole lane.
 * Throws `not-found` / `AuditRecordNotFound`, and `internal` / `AuditLogBroken` when the records do not give the root that
 * the checkpoint says. Source: C2SP tlog-proof, https://c2sp.org/tlog-proof.
 */
export async function proveRecord(source: LogSource, lane: number, sequence: number): Promise<RecordProof> {
  const newest = await readNewest(source, lane)
  if (newest === undefined || sequence >= newest.size || sequence < 0) {
    throw new ServiceError('not-found', 'AuditRecordNotFound', `The audit log has no record ${lane}/${sequence}.`)
  }
  const prover = new InclusionProver(sequence, newest.size)
  let line: Buffer = Buffer.alloc(0)
  let added = 0
  for await (const group of source.groups(lane, 0)) {
    for (const leaf of group.leaves) {
      if (added >= newest.size) break
      if (added === sequence) line = Buffer.from(leaf)
      prover.add(hashLeaf(leaf))
      added++
    }
    if (added >= newest.size) break
  }
  const { leaf, proof } = prover.finish()
  if (!verifyInclusion({ index: sequence, size: newest.size, leaf, proof, root: newest.root })) {
    throw new ServiceError(
      'internal',
      'AuditLogBroken',
      `The records of lane ${lane} do not give the root that its newest checkpoint signs; run audit verify.`,
    )
  }
  return {
    line,
    proof: ['c2sp.org/tlog-proof@v1', `index ${sequence}`, ...proof.map(encodeTreeHash), '', newest.note].join('\n'),
  }
}

async function readNewest(source: LogSource, lane: number) {
  let note: string | undefined
  if (!(await source.lanes()).includes(lane)) return undefined
  for await (const group of source.groups(lane, 0)) note = group.note
  const checkpoint = note === undefined ? undefined : readUnverifiedCheckpoint(note)
  return note === undefined || checkpoint === undefined ? undefined : { ...checkpoint, note }
}

/** `LANE/SEQ` as two numbers. Throws `malformed` / `InvalidParameter` otherwise. */
export function parseRecordPlace(text: string): { readonly lane: number; readonly sequence: number } {
  const match = /^(0|[1-9][0-9]{0,8})\/(0|[1-9][0-9]{0,14})$/.exec(text)
  if (match === null) {
    throw new ServiceError('malformed', 'InvalidParameter', 'A record is named LANE/SEQUENCE, such as 0/41.', {
      target: 'record',
    })
  }
  return { lane: Number(match[1]), sequence: Number(match[2]) }
}
