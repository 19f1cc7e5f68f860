import { randomBytes as nodeRandomBytes, randomUUID } from 'node:crypto'
import { type Guid, trustGuid } from './ids.ts'

/** `length` bytes from the operating system's generator. */
export function randomBytes(length: number): Buffer {
  return nodeRandomBytes(length)
}

/** A random (version 4) GUID in lower case with dashes. */
export function randomGuid(): Guid {
  return trustGuid(randomUUID())
}

/** `bytes` random bytes as lower-case hexadecimal. */
export function randomHex(bytes: number): string {
  return nodeRandomBytes(bytes).toString('hex')
}
