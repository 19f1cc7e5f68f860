import { isObject } from '#base/json.ts'
import { type TreeHash, tryParseTreeHash } from '#crypto/merkle.ts'
import { type NoteVerifier, tryParseVerifierKey } from '#crypto/note.ts'
import type { LogEventName } from './log-event.ts'

/** What an anchor, or a checkpoint kept elsewhere, says of a lane. */
export interface AnchorClaim {
  readonly lane: number
  readonly size: number
  readonly root: TreeHash
  /** Who says so, for a sentence. */
  readonly by: string
}

/** The verifier key that a lane's first record names, or undefined for any other record. */
export function readLaneKey(line: string): NoteVerifier | undefined {
  const key = readEvent(line, 'AuditLaneOpened')?.['verifierKey']
  return typeof key === 'string' ? tryParseVerifierKey(key) : undefined
}

/** The compressed segment that a record describes, or undefined for any other record. */
export function readCompression(line: string): { readonly firstIndex: number; readonly sha256: string } | undefined {
  const event = readEvent(line, 'AuditSegmentCompressed')
  const firstIndex = event?.['firstIndex']
  const sha256 = event?.['sha256']
  return typeof firstIndex === 'number' && typeof sha256 === 'string' ? { firstIndex, sha256 } : undefined
}

/** The checkpoints that an anchor record quotes; none for any other record. */
export function readAnchorClaims(line: string, lane: number): readonly AnchorClaim[] {
  const checkpoints = readEvent(line, 'AuditAnchor')?.['checkpoints']
  if (!Array.isArray(checkpoints)) return []
  const listed: readonly unknown[] = checkpoints
  const claims: AnchorClaim[] = []
  for (const quoted of listed) {
    if (!isObject(quoted)) continue
    const root = typeof quoted['root'] === 'string' ? tryParseTreeHash(quoted['root']) : undefined
    if (typeof quoted['lane'] !== 'number' || typeof quoted['size'] !== 'number' || root === undefined) continue
    claims.push({ lane: quoted['lane'], size: quoted['size'], root, by: `an anchor in lane ${lane}` })
  }
  return claims
}

/** The properties of the log's own record of that name. A caller's texts cannot pass for one: the surface is checked too. */
function readEvent(line: string, name: LogEventName): Readonly<Record<string, unknown>> | undefined {
  if (!line.includes(`"operationName":"${name}"`)) return undefined
  const record = tryParseObject(line)
  const own = record?.['strongroom']
  if (record?.['operationName'] !== name || !isObject(own) || own['surface'] !== 'audit') return undefined
  const properties = record['properties']
  return isObject(properties) ? properties : undefined
}

function tryParseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
