/**
 * crypto: envelope encryption, key wrapping, Merkle hashing, JWK and X.509. The only folder that calls `node:crypto`
 * (random bytes apart). Knows keys and bytes, never whose they are; does no I/O.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { ServiceError } from '#base/errors.ts'

const format = 0x01
const algorithmAes256Gcm = 0x01
const nonceLength = 12
const tagLength = 16
const keyIdLength = 16
const headerLength = 2 + keyIdLength

/** 32 random bytes as an AES-256 key object. */
export function generateDataKey(): { readonly key: KeyObject; readonly bytes: Buffer } {
  const bytes = randomBytes(32)
  return { key: createSecretKey(bytes), bytes }
}

/** The AES-256 key in 32 bytes. */
export function importDataKey(bytes: Buffer): KeyObject {
  if (bytes.length !== 32) throw new ServiceError('internal', 'SealBroken', 'A sealing key has the wrong length.')
  return createSecretKey(bytes)
}

/**
 * Seals bytes under an AES-256 key.
 *
 * The blob is format (1) ‖ algorithm (1) ‖ key id (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16). `binding` is the tuple that
 * says what the bytes are (tenant, vault, type, name, version, level); it and the header are authenticated, so a blob opens
 * only where it was made for. Wire: cannot change without a new format byte.
 * Source: NIST SP 800-38D §7.1.
 */
export function sealBytes(key: KeyObject, keyId: Buffer, plaintext: Buffer, binding: readonly string[]): Buffer {
  if (keyId.length !== keyIdLength) throw new ServiceError('internal', 'SealBroken', 'A key id must be 16 bytes.')
  const header = Buffer.concat([Buffer.from([format, algorithmAes256Gcm]), keyId])
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(additionalData(header, binding))
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The id (16 bytes) of the key that sealed a blob. Throws `internal` / `SealBroken` for bytes that are no blob of ours. */
export function sealedKeyId(sealed: Buffer): Buffer {
  if (!isBlob(sealed)) throw broken([], 'has an unknown format or is cut short')
  return sealed.subarray(2, headerLength)
}

function isBlob(sealed: Buffer): boolean {
  return (
    sealed.length >= headerLength + nonceLength + tagLength && sealed[0] === format && sealed[1] === algorithmAes256Gcm
  )
}

/**
 * Opens what `sealBytes` made with the same key and binding.
 * Throws `internal` / `SealBroken`, naming the binding for the operator, if anything was altered or moved. Does no I/O.
 * Source: NIST SP 800-38D §7.2.
 */
export function openBytes(key: KeyObject, sealed: Buffer, binding: readonly string[]): Buffer {
  if (!isBlob(sealed)) throw broken(binding, 'has an unknown format or is cut short')
  const header = sealed.subarray(0, headerLength)
  const nonce = sealed.subarray(headerLength, headerLength + nonceLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(additionalData(header, binding))
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength))
  try {
    const opened = decipher.update(sealed.subarray(headerLength + nonceLength, sealed.length - tagLength))
    const rest = decipher.final()
    return rest.length === 0 ? opened : Buffer.concat([opened, rest])
  } catch (cause) {
    throw broken(binding, 'was altered or does not belong where it was found', cause)
  }
}

function broken(binding: readonly string[], how: string, cause?: unknown): ServiceError {
  const what = binding.filter((part) => part !== '').join(' ')
  const named = what === '' ? 'A sealed value' : `What is sealed as '${what}'`
  return new ServiceError('internal', 'SealBroken', `${named} ${how}.`, { cause })
}

/** Length-prefixed, so no two tuples give the same bytes. */
function additionalData(header: Buffer, binding: readonly string[]): Buffer {
  const parts: Buffer[] = [header]
  for (const text of binding) {
    const bytes = Buffer.from(text, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    parts.push(length, bytes)
  }
  return Buffer.concat(parts)
}
