import type { Operation, Surface } from '#operation/operation.ts'

const pattern = /^(?:7\.(\d{1,2})|(\d{4})-(\d{2})-(\d{2}))(-preview(?:\.(\d{1,2}))?)?$/i

/**
 * Where an api-version stands in time, as a number to compare; undefined when it is not one. Key Vault's `7.N` came after
 * its first dates (2015-06-01, 2016-10-01) and before all later ones. A preview comes before its release.
 */
export function rankApiVersion(text: string): number | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, minor, year, month, day, preview, previewNumber] = match
  if (minor === undefined && !isDay(Number(month), Number(day))) return undefined
  const date = minor === undefined ? Number(`${year}${month}${day}`) : 20_180_100 + Number(minor)
  return date * 1000 + (preview === undefined ? 999 : Number(previewNumber ?? 0))
}

function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

/** An operation and the api-version it is served at; '' where none was asked for. */
export interface VersionedOperation {
  readonly operation: Operation
  readonly apiVersion: string
}

interface Candidate {
  readonly operation: Operation
  readonly rank: number
}

/** The operations that share one method and path, by api-version. */
export class VersionChoice {
  readonly #rule: Surface['apiVersions']
  /** Oldest first. */
  readonly #candidates: Candidate[] = []

  constructor(rule: Surface['apiVersions']) {
    this.#rule = rule
  }

  /** Throws for two operations with the same method, path and api-version, or one whose `since` is no api-version. */
  add(operation: Operation): void {
    const rank = operation.since === '' ? 0 : rankApiVersion(operation.since)
    if (rank === undefined) throw new TypeError(`Operation '${operation.id}' has no valid api-version in 'since'.`)
    if (this.#candidates.some((other) => other.rank === rank)) {
      throw new TypeError(`Operation '${operation.id}' has the method, path and api-version of another operation.`)
    }
    this.#candidates.push({ operation, rank })
    this.#candidates.sort((a, b) => a.rank - b.rank)
  }

  /** The first operation of this route; for what does not depend on the api-version. */
  get first(): Operation | undefined {
    return this.#candidates[0]?.operation
  }

  /**
   * The newest operation not later than `given`, else the oldest. Undefined when `given` is not acceptable. Operations
   * whose `since` is '' ask for no api-version, and neither do surfaces whose rule is `none`.
   */
  select(given: string | undefined): VersionedOperation | undefined {
    const oldest = this.#candidates[0]
    if (oldest === undefined) return undefined
    if (this.#rule === 'none' || (oldest.rank === 0 && this.#candidates.length === 1)) {
      return { operation: oldest.operation, apiVersion: given ?? '' }
    }
    if (given === undefined) return oldest.rank === 0 ? { operation: oldest.operation, apiVersion: '' } : undefined
    if (this.#rule !== 'newest-not-later' && !this.#rule.includes(given)) return undefined
    const rank = rankApiVersion(given)
    if (rank === undefined) return undefined
    const chosen = this.#candidates.findLast((candidate) => candidate.rank <= rank) ?? oldest
    return { operation: chosen.operation, apiVersion: given }
  }
}
