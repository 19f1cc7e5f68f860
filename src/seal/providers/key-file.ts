import { basename } from 'node:path'
import { ServiceError } from '#base/errors.ts'
import { randomBytes } from '#base/random.ts'
import { sha256Hex } from '#crypto/hash.ts'
import { type KeyEncryptionKey, type KeyEncryptionProvider, localKeyEncryptionKey } from '#seal/key-encryption-key.ts'
import { checkPrivateFolder, createPrivateFile, readPrivateFile } from '#seal/private-file.ts'

export interface KeyFileSettings {
  readonly kind: 'key-file'
  /** Absolute path. The file belongs in no backup that also holds the database. */
  readonly path: string
}

/**
 * Keeps the key-encryption key in a file of mode 0600 in a folder of mode 0700, made at first start.
 * The file is text: a format line, the key's id, the key in base64, and a checksum, so that damage is told from a wrong key.
 */
export function createKeyFileProvider(settings: KeyFileSettings): KeyEncryptionProvider {
  const { path } = settings
  const label = `key file '${basename(path)}'`

  async function load(): Promise<KeyEncryptionKey | undefined> {
    await checkPrivateFolder(path, label)
    const bytes = await readPrivateFile(path, label)
    return bytes === undefined ? undefined : parseKeyFile(bytes, label)
  }

  return {
    kind: 'key-file',
    label,
    async create() {
      const existing = await load()
      if (existing !== undefined) return { key: existing, parameters: '' }
      await createPrivateFile(path, label, renderKeyFile())
      // Read back, for another process may have been first, and then its key is the one that counts.
      const key = await load()
      if (key === undefined) throw missing(`The ${label} was removed while it was being made.`)
      return { key, parameters: '' }
    },
    async open() {
      const key = await load()
      if (key !== undefined) return key
      throw missing(
        `The ${label} is missing, and everything here is sealed with the key in it. Put the file back from where you keep ` +
          'its copy; a new one is not made, for it would open nothing.',
      )
    },
  }
}

const formatLine = 'strongroom-key-encryption-key 1'
const keyFilePattern =
  /^(strongroom-key-encryption-key 1\nid ([0-9a-f]{32})\nkey ([A-Za-z0-9+/]{43}=)\n)checksum ([0-9a-f]{64})\n$/

function renderKeyFile(): string {
  const body = `${formatLine}\nid ${randomBytes(16).toString('hex')}\nkey ${randomBytes(32).toString('base64')}\n`
  return `${body}checksum ${sha256Hex(body)}\n`
}

function parseKeyFile(bytes: Buffer, label: string): KeyEncryptionKey {
  const text = bytes.toString('latin1')
  bytes.fill(0)
  const [, body = '', id = '', key = '', checksum = ''] = keyFilePattern.exec(text) ?? []
  if (body === '' || sha256Hex(body) !== checksum) {
    throw new ServiceError(
      'internal',
      'KeyEncryptionKeyDamaged',
      `The ${label} is damaged: ${body === '' ? 'it is not in the form of a key file' : 'its checksum does not match'}. ` +
        'Put it back from where you keep its copy.',
    )
  }
  return localKeyEncryptionKey(Buffer.from(id, 'hex'), Buffer.from(key, 'base64'))
}

function missing(message: string): ServiceError {
  return new ServiceError('internal', 'KeyEncryptionKeyMissing', message)
}
