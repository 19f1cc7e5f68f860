import { createPrivateKey, createPublicKey, hash, randomBytes, sign, verify } from 'node:crypto'
import { ServiceError } from '#base/errors.ts'

const ed25519 = 0x01
const seedLength = 32
const signatureLength = 64
/** DER of a PKCS#8 Ed25519 private key up to the seed. Source: RFC 8410 §7. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Checks signatures of one key. */
export interface NoteVerifier {
  readonly name: string
  /** `<name>+<key id, hex>+<base64(0x01 ‖ public key)>`. */
  readonly verifierKey: string
  /**
   * The signed text of `note` (without the blank line), or undefined. Stricter than the specification asks: the note has
   * exactly one signature, this key's, and encodes back to the same bytes.
   */
  open(note: string): string | undefined
}

/** Signs notes with one key. */
export interface NoteSigner {
  readonly verifier: NoteVerifier
  /** The whole note: `text`, which ends in a newline, a blank line and the signature line. */
  sign(text: string): string
}

/** A new Ed25519 note key: its 32-byte seed, to be sealed by the caller. */
export function generateNoteKey(): Buffer {
  return randomBytes(seedLength)
}

/**
 * The signer with the given key name and 32-byte seed.
 * Throws `internal` / `NoteKeyInvalid` for another length or a name with spaces or plus signs.
 * Source: C2SP signed-note, https://c2sp.org/signed-note.
 */
export function openNoteSigner(name: string, seed: Buffer): NoteSigner {
  if (seed.length !== seedLength || !keyNamePattern.test(name)) {
    throw new ServiceError('internal', 'NoteKeyInvalid', 'The audit key or its name is malformed.')
  }
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url')
  const id = keyId(name, publicKey)
  return {
    verifier: createVerifier(name, publicKey),
    sign(text) {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text, 'utf8'), key)])
      return `${text}\n— ${name} ${signature.toString('base64')}\n`
    },
  }
}

const keyNamePattern = /^[^\s+]+$/u

/** The verifier in a verifier key's text, or undefined for text that is none. Source: C2SP signed-note, "Verifier keys". */
export function tryParseVerifierKey(text: string): NoteVerifier | undefined {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text)
  if (parts === null) return undefined
  const [, name = '', id = '', encoded = ''] = parts
  const material = Buffer.from(encoded, 'base64')
  if (material.length !== 33 || material[0] !== ed25519 || material.toString('base64') !== encoded) return undefined
  const publicKey = material.subarray(1)
  return keyId(name, publicKey).toString('hex') === id ? createVerifier(name, publicKey) : undefined
}

function createVerifier(name: string, publicKey: Buffer): NoteVerifier {
  const id = keyId(name, publicKey)
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  })
  const signatureStart = `— ${name} `
  const material = Buffer.concat([Buffer.from([ed25519]), publicKey])
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${material.toString('base64')}`,
    open(note) {
      const blank = note.lastIndexOf('\n\n')
      const text = note.slice(0, blank + 1)
      const line = note.slice(blank + 2)
      if (blank <= 0 || !line.startsWith(signatureStart) || !line.endsWith('\n')) return undefined
      const encoded = line.slice(signatureStart.length, -1)
      const signature = Buffer.from(encoded, 'base64')
      if (signature.length !== id.length + signatureLength || signature.toString('base64') !== encoded) return undefined
      if (!signature.subarray(0, id.length).equals(id)) return undefined
      return verify(null, Buffer.from(text, 'utf8'), key, signature.subarray(id.length)) ? text : undefined
    },
  }
}

function keyId(name: string, publicKey: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.from([ed25519]), publicKey])
  return Buffer.from(hash('sha256', named, 'hex').slice(0, 8), 'hex')
}
