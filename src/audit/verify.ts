import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { encodeTreeHash, Frontier, hashLeaf } from '#crypto/merkle.ts'
import { type NoteVerifier, tryParseVerifierKey } from '#crypto/note.ts'
import { laneOrigin, openCheckpoint, readUnverifiedCheckpoint } from './checkpoint.ts'
import { openExportSource } from './export-source.ts'
import { lanePath, listLanes } from './lane-directory.ts'
import { LogFault, type LogSource, type StoredGroup } from './log-source.ts'
import { type AnchorClaim, readAnchorClaims, readCompression, readLaneKey } from './recorded-events.ts'
import { openSegmentSource } from './segment-source.ts'
import { TileBuilder, type TileFile } from './tiles.ts'

/** A lane that holds: how many records and checkpoints it has, and the newest checkpoint's root in base64. */
export interface VerifiedLane {
  readonly lane: number
  readonly size: number
  readonly checkpoints: number
  readonly root: string
}

export type AuditVerdict =
  /** Everything holds under the key that the caller pinned. */
  | { readonly outcome: 'verified'; readonly lanes: readonly VerifiedLane[] }
  /** Everything holds under the key that the log itself names; whoever rewrote all of it could have named it too. */
  | { readonly outcome: 'self-consistent'; readonly verifierKey: string; readonly lanes: readonly VerifiedLane[] }
  | {
      readonly outcome: 'wrong'
      readonly lane: number
      /** Records before this one are covered by checkpoints that hold. */
      readonly verifiedSize: number
      /** The records among which the wrong one is, if a record is wrong; from 0, both included. */
      readonly records?: { readonly first: number; readonly last: number }
      /** The size that the wrong checkpoint says, if a checkpoint is wrong. */
      readonly checkpoint?: number
      /** What is wrong, for a person. */
      readonly sentence: string
    }

export interface VerifyOptions {
  /** The pinned verifier key. Never taken from the directory that is verified. */
  readonly verifierKey?: string
  /** Checkpoints kept elsewhere: the log must contain each of them. */
  readonly outsideCheckpoints?: readonly string[]
}

/**
 * Reads a log in either form: live segments (`DIR`, or `DIR/audit`) or an export. Throws `not-found` / `AuditLogNotFound`
 * for a folder that holds neither.
 */
export async function openLogSource(directory: string): Promise<LogSource> {
  for (const candidate of [directory, join(directory, 'audit')]) {
    const [lane] = await listLanes(candidate)
    if (lane === undefined) continue
    return (await exists(join(lanePath(candidate, lane), 'checkpoints')))
      ? openExportSource(candidate)
      : openSegmentSource(candidate)
  }
  throw new ServiceError('not-found', 'AuditLogNotFound', 'The folder holds no audit log and no export of one.')
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

class Wrong extends Error {
  readonly verdict: Extract<AuditVerdict, { outcome: 'wrong' }>

  constructor(verdict: Omit<Extract<AuditVerdict, { outcome: 'wrong' }>, 'outcome'>) {
    super(verdict.sentence)
    this.verdict = { outcome: 'wrong', ...verdict }
  }
}

/**
 * Verifies a whole log from files alone: recomputes the tree from every record, and compares it with every checkpoint, so
 * that each is consistent with the one before. Streams; needs memory for one segment. Throws `malformed` /
 * `VerifierKeyInvalid` for a key that is none.
 */
export async function verifyLog(source: LogSource, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const pinned = options.verifierKey === undefined ? undefined : tryParseVerifierKey(options.verifierKey)
  if (options.verifierKey !== undefined && pinned === undefined) {
    throw new ServiceError('malformed', 'VerifierKeyInvalid', 'The verifier key is not of the form name+id+key.')
  }
  try {
    const verification = new Verification(source, pinned, options.outsideCheckpoints ?? [])
    const lanes: VerifiedLane[] = []
    for (const lane of await source.lanes()) lanes.push(await verification.verifyLane(lane))
    const verifier = await verification.finish(lanes)
    return pinned === undefined
      ? { outcome: 'self-consistent', verifierKey: verifier.verifierKey, lanes }
      : { outcome: 'verified', lanes }
  } catch (error) {
    if (error instanceof Wrong) return error.verdict
    if (!(error instanceof LogFault)) throw error
    return {
      outcome: 'wrong',
      lane: error.lane,
      verifiedSize: error.size,
      sentence: `Lane ${error.lane}: ${error.message}.`,
    }
  }
}

/** What is carried from group to group of one lane. */
interface LaneState {
  readonly lane: number
  readonly frontier: Frontier
  note: string
  checkpoints: number
  readonly tiles: TileBuilder | undefined
  /** Compressed segments met, and what the log says of them. */
  readonly compressed: Map<number, string>
  readonly recordedHashes: Map<number, string>
}

class Verification {
  readonly #source: LogSource
  #verifier: NoteVerifier | undefined
  readonly #outside: readonly string[]
  readonly #claims: AnchorClaim[] = []

  constructor(source: LogSource, pinned: NoteVerifier | undefined, outside: readonly string[]) {
    this.#source = source
    this.#verifier = pinned
    this.#outside = outside
  }

  async verifyLane(lane: number): Promise<VerifiedLane> {
    const state: LaneState = {
      lane,
      frontier: Frontier.empty(),
      note: '',
      checkpoints: 0,
      tiles: this.#source.tiles === undefined ? undefined : new TileBuilder(),
      compressed: new Map(),
      recordedHashes: new Map(),
    }
    for await (const group of this.#source.groups(lane, 0)) await this.#verifyGroup(state, group)
    const { frontier } = state
    if (frontier.size === 0) throw new Wrong({ lane, verifiedSize: 0, sentence: `Lane ${lane} holds no records.` })
    for (const file of state.tiles?.finish() ?? []) await this.#compareFile(state, file)
    if (state.tiles !== undefined)
      await this.#compareFile(state, { path: 'checkpoint', bytes: Buffer.from(state.note, 'utf8') })
    for (const [firstIndex, hash] of state.compressed) {
      if (state.recordedHashes.get(firstIndex) === hash) continue
      const sentence = `Lane ${lane}: the compressed segment that starts at record ${firstIndex} is not the file that the log recorded.`
      throw new Wrong({ lane, verifiedSize: firstIndex, sentence })
    }
    return { lane, size: frontier.size, checkpoints: state.checkpoints, root: encodeTreeHash(frontier.root()) }
  }

  /** What lanes and outside checkpoints say of each other. Gives the key that everything was checked with. */
  async finish(lanes: readonly VerifiedLane[]): Promise<NoteVerifier> {
    const verifier = this.#verifier
    if (verifier === undefined) throw new Wrong({ lane: 0, verifiedSize: 0, sentence: 'The log holds no records.' })
    const claims = [...this.#claims, ...this.#outside.map((note) => readOutside(note, verifier))]
    for (const { lane } of lanes) await this.#compareClaims(lane, claims)
    for (const claim of claims) {
      const size = lanes.find((lane) => lane.lane === claim.lane)?.size ?? 0
      if (size >= claim.size) continue
      const sentence = `Lane ${claim.lane} holds ${size} records, but ${claim.by} says ${claim.size}: records were lost.`
      throw new Wrong({ lane: claim.lane, verifiedSize: size, checkpoint: claim.size, sentence })
    }
    return verifier
  }

  async #compareClaims(lane: number, claims: readonly AnchorClaim[]): Promise<void> {
    const bySize = new Map(claims.filter((claim) => claim.lane === lane).map((claim) => [claim.size, claim]))
    if (bySize.size === 0) return
    for await (const group of this.#source.groups(lane, 0)) {
      const size = group.firstIndex + group.leaves.length
      const claim = bySize.get(size)
      if (claim === undefined || readUnverifiedCheckpoint(group.note)?.root === claim.root) continue
      const sentence = `Lane ${lane}: the checkpoint of ${size} records is not the one that ${claim.by} quotes.`
      throw new Wrong({ lane, verifiedSize: 0, checkpoint: size, sentence })
    }
  }

  async #verifyGroup(state: LaneState, group: StoredGroup): Promise<void> {
    const { lane, frontier } = state
    const first = frontier.size
    if (group.segment !== undefined) this.#verifyHeader(state, group.segment)
    group.leaves.forEach((leaf, at) => {
      const text = leaf.toString('utf8')
      if (!text.endsWith(`,"lane":${lane},"sequence":${first + at}}}`)) {
        const sentence = `Lane ${lane}: record ${first + at} does not say that it is that record.`
        throw new Wrong({ lane, verifiedSize: first, records: { first: first + at, last: first + at }, sentence })
      }
      frontier.append(hashLeaf(leaf))
      this.#readEvents(state, text)
    })
    this.#verifyCheckpoint(state, { note: group.note, first })
    state.note = group.note
    state.checkpoints++
    if (state.tiles === undefined) return
    for (const leaf of group.leaves) {
      for (const file of state.tiles.add(leaf)) await this.#compareFile(state, file)
    }
  }

  #verifyHeader(state: LaneState, segment: NonNullable<StoredGroup['segment']>): void {
    const { lane, frontier } = state
    const { header, compressedHash } = segment
    const size = frontier.size
    if (compressedHash !== undefined) state.compressed.set(size, compressedHash)
    const sameTree =
      header.peaks.length === frontier.peaks.length && header.peaks.every((peak, at) => peak === frontier.peaks[at])
    if (sameTree && (size === 0 || header.note === state.note)) {
      if (size === 0) state.note = header.note
      return
    }
    const sentence = `Lane ${lane}: the header of the segment that starts at record ${size} does not follow the records before it.`
    throw new Wrong({ lane, verifiedSize: size, checkpoint: size, sentence })
  }

  #verifyCheckpoint(state: LaneState, group: { readonly note: string; readonly first: number }): void {
    const { lane, frontier } = state
    const { first } = group
    const verifier = this.#verifier
    if (verifier === undefined) {
      const sentence = `Lane ${lane}: its first record does not name the key that signs it.`
      throw new Wrong({ lane, verifiedSize: 0, records: { first: 0, last: 0 }, sentence })
    }
    const origin = laneOrigin(verifier.name, lane)
    if (first === 0 && state.note !== '') {
      const opened = openCheckpoint(state.note, verifier)
      if (opened?.origin !== origin || opened.size !== 0 || opened.root !== Frontier.empty().root()) {
        const sentence = `Lane ${lane}: the checkpoint of the empty log was altered or is not signed by this key.`
        throw new Wrong({ lane, verifiedSize: 0, checkpoint: 0, sentence })
      }
    }
    const checkpoint = openCheckpoint(group.note, verifier)
    const last = frontier.size - 1
    if (checkpoint?.origin !== origin || checkpoint.size !== frontier.size) {
      const sentence = `Lane ${lane}: the checkpoint after record ${last} was altered, or is not signed by this key for ${frontier.size} records.`
      throw new Wrong({ lane, verifiedSize: first, checkpoint: frontier.size, sentence })
    }
    if (checkpoint.root === frontier.root()) return
    const records = first === last ? `record ${first} is` : `a record from ${first} to ${last} is`
    const sentence = `Lane ${lane}: ${records} not what the checkpoint of ${frontier.size} records signed.`
    throw new Wrong({ lane, verifiedSize: first, records: { first, last }, sentence })
  }

  #readEvents(state: LaneState, line: string): void {
    this.#verifier ??= readLaneKey(line)
    const compression = readCompression(line)
    if (compression !== undefined) state.recordedHashes.set(compression.firstIndex, compression.sha256)
    this.#claims.push(...readAnchorClaims(line, state.lane))
  }

  async #compareFile(state: LaneState, file: TileFile): Promise<void> {
    const { lane } = state
    const stored = await this.#source.tiles?.read(lane, file.path)
    if (stored?.equals(file.bytes) === true) return
    const sentence = `Lane ${lane}: the exported file ${file.path} is missing or is not what the records give.`
    throw new Wrong({ lane, verifiedSize: 0, sentence })
  }
}

function readOutside(note: string, verifier: NoteVerifier): AnchorClaim {
  const checkpoint = openCheckpoint(note, verifier)
  const lane = checkpoint === undefined ? undefined : laneOfOrigin(checkpoint.origin, verifier.name)
  if (checkpoint === undefined || lane === undefined) {
    throw new Wrong({
      lane: 0,
      verifiedSize: 0,
      sentence: 'A checkpoint kept elsewhere is damaged or not signed by this key.',
    })
  }
  return { lane, size: checkpoint.size, root: checkpoint.root, by: 'the checkpoint kept elsewhere' }
}

function laneOfOrigin(origin: string, keyName: string): number | undefined {
  const lane = Number(origin.slice(keyName.length + 1))
  return Number.isSafeInteger(lane) && laneOrigin(keyName, lane) === origin ? lane : undefined
}
