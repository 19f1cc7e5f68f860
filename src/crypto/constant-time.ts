import { createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto'
import { hmacSha256 } from './hash.ts'

const comparisonKey = createSecretKey(randomBytes(32))

/**
 * Whether a presented secret equals the expected one, in time that depends on neither content nor on where they differ.
 *
 * Both sides are digested under a key of this process, so their lengths may differ and nothing about the expected length
 * is learned. Text is compared by its UTF-8.
 */
export function equalInConstantTime(presented: Uint8Array | string, expected: Uint8Array | string): boolean {
  return timingSafeEqual(hmacSha256(comparisonKey, presented), hmacSha256(comparisonKey, expected))
}
