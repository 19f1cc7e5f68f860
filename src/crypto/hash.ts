import { createHmac, hash, type KeyObject } from 'node:crypto'

/** SHA-256 of bytes, or of a text's UTF-8, as 32 bytes. Source: FIPS 180-4. */
export function sha256(input: Uint8Array | string): Buffer {
  return hash('sha256', input, 'buffer')
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(input: Uint8Array | string): string {
  return hash('sha256', input, 'hex')
}

/** SHA-256 as a 32-unit string, one unit per byte: the cheapest form to use as a key of a `Map`. Never to be stored. */
export function sha256Binary(input: Uint8Array | string): string {
  return hash('sha256', input, 'binary')
}

/** HMAC-SHA256 as 32 bytes. The key is a key object because importing raw bytes on each call costs more than the digest. */
export function hmacSha256(key: KeyObject, input: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(input).digest()
}
