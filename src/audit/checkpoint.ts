import { encodeTreeHash, type TreeHash, tryParseTreeHash } from '#crypto/merkle.ts'
import type { NoteSigner, NoteVerifier } from '#crypto/note.ts'

/** What a checkpoint says: the tree with this origin had this root when it held `size` records. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: TreeHash
}

/** A lane's origin under the audit key's name (`<installation>/audit`). */
export function laneOrigin(keyName: string, lane: number): string {
  return `${keyName}/${lane}`
}

/** The signed checkpoint as a note. Source: C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint. */
export function signCheckpoint(signer: NoteSigner, checkpoint: Checkpoint): string {
  return signer.sign(renderCheckpoint(checkpoint))
}

/** The checkpoint in a note, its signature checked with `verifier`; undefined for anything not written exactly so. */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint | undefined {
  const text = verifier.open(note)
  return text === undefined ? undefined : parseCheckpointText(text)
}

/**
 * The checkpoint that a note claims, no signature checked; for finding out which record or checkpoint is wrong, never for
 * trusting one.
 */
export function readUnverifiedCheckpoint(note: string): Checkpoint | undefined {
  const blank = note.lastIndexOf('\n\n')
  return blank <= 0 ? undefined : parseCheckpointText(note.slice(0, blank + 1))
}

function renderCheckpoint(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${encodeTreeHash(checkpoint.root)}\n`
}

function parseCheckpointText(text: string): Checkpoint | undefined {
  const [origin, sizeText, rootText] = text.split('\n')
  if (origin === undefined || sizeText === undefined || rootText === undefined) return undefined
  const size = Number(sizeText)
  const root = tryParseTreeHash(rootText)
  if (root === undefined || !Number.isSafeInteger(size) || size < 0) return undefined
  const checkpoint = { origin, size, root }
  return renderCheckpoint(checkpoint) === text ? checkpoint : undefined
}
