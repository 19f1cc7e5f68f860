import { basename } from 'node:path'
import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { parseStoredJson } from '#base/json.ts'
import { randomBytes } from '#base/random.ts'
import type { SecretValue } from '#base/secret-value.ts'
import { deriveKeyFromPassphrase } from '#crypto/password.ts'
import { type KeyEncryptionKey, type KeyEncryptionProvider, localKeyEncryptionKey } from '#seal/key-encryption-key.ts'
import { readPrivateFile } from '#seal/private-file.ts'

/** A passphrase comes from a file, or as bytes that were read from a descriptor or a prompt; never from argv or environment. */
export interface PassphraseSettings {
  readonly kind: 'passphrase'
  readonly source: { readonly path: string } | { readonly passphrase: SecretValue }
}

const minimumCharacters = 12

const parametersSchema = z.strictObject({
  keyId: z.string().regex(/^[0-9a-f]{32}$/),
  salt: z.base64().length(24),
})

/**
 * Derives the key-encryption key from a passphrase with argon2id. The salt is made at first start and kept in the database.
 * One line end at the passphrase's end does not count; apart from that its bytes are taken as they are.
 */
export function createPassphraseProvider(settings: PassphraseSettings): KeyEncryptionProvider {
  const { source } = settings
  const label = 'path' in source ? `passphrase file '${basename(source.path)}'` : 'passphrase'

  async function derive(keyId: Buffer, salt: Buffer): Promise<KeyEncryptionKey> {
    const given = 'path' in source ? await readPrivateFile(source.path, label) : source.passphrase.reveal()
    if (given === undefined) {
      throw new ServiceError('internal', 'KeyEncryptionKeyMissing', `The ${label} does not exist.`)
    }
    try {
      return localKeyEncryptionKey(keyId, await deriveKeyFromPassphrase(parsePassphrase(given, label), salt))
    } finally {
      if ('path' in source) given.fill(0)
    }
  }

  return {
    kind: 'passphrase',
    label,
    async create() {
      const [keyId, salt] = [randomBytes(16), randomBytes(16)]
      const parameters = JSON.stringify({ keyId: keyId.toString('hex'), salt: salt.toString('base64') })
      return { key: await derive(keyId, salt), parameters }
    },
    async open(parameters) {
      const { keyId, salt } = parseParameters(parameters)
      return derive(Buffer.from(keyId, 'hex'), Buffer.from(salt, 'base64'))
    },
  }
}

function parseParameters(text: string): z.infer<typeof parametersSchema> {
  try {
    return parametersSchema.parse(parseStoredJson(text, 'The salt of the passphrase'))
  } catch (cause) {
    throw new ServiceError(
      'internal',
      'KeyEncryptionKeyDamaged',
      'The salt of the passphrase, which the database keeps, is damaged. Restore the database from a backup.',
      { cause },
    )
  }
}

function parsePassphrase(bytes: Buffer, label: string): Buffer {
  const passphrase = withoutLineEnd(bytes)
  if (countCharacters(passphrase) >= minimumCharacters) return passphrase
  throw new ServiceError(
    'internal',
    'PassphraseTooShort',
    `The ${label} must hold at least ${minimumCharacters} characters. Five or more random words are a good choice.`,
  )
}

function withoutLineEnd(bytes: Buffer): Buffer {
  const text = bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
  return text.length < bytes.length && text.at(-1) === 0x0d ? text.subarray(0, -1) : text
}

/** Code points in UTF-8: all bytes but continuation bytes. */
function countCharacters(bytes: Buffer): number {
  return bytes.reduce((count, byte) => ((byte & 0xc0) === 0x80 ? count : count + 1), 0)
}
