import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { ServiceError } from '#base/errors.ts'

const generateKeyPairOnPool = promisify(generateKeyPair)

/** An asymmetric key pair as key objects. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The public half of an RSA key as JWK members; numbers are base64url. Source: RFC 7518 §6.3.1. */
export interface RsaPublicJwk {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
}

/** A new RSA-2048 key pair for tokens. Runs on the thread pool, 30 to 60 ms. */
export function generateRsaKeyPair(): Promise<KeyPair> {
  return generateKeyPairOnPool('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
}

/** A new P-256 key pair. */
export function generateP256KeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** A private key as PKCS#8 DER, unencrypted: seal it, then overwrite it. Source: RFC 5958. */
export function exportPrivateKey(privateKey: KeyObject): Buffer {
  return privateKey.export({ format: 'der', type: 'pkcs8' })
}

/** The key pair in PKCS#8 DER. Throws `internal` / `KeyDamaged` for anything else. */
export function importPrivateKey(pkcs8: Buffer): KeyPair {
  try {
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    return { privateKey, publicKey: createPublicKey(privateKey) }
  } catch {
    // The parser's own error is left out: it may quote what it could not parse.
    throw new ServiceError('internal', 'KeyDamaged', 'A stored private key cannot be read.')
  }
}

/** The JWK members of an RSA public key. */
export function exportRsaPublicJwk(publicKey: KeyObject): RsaPublicJwk {
  const { kty, n, e } = publicKey.export({ format: 'jwk' })
  if (kty !== 'RSA' || n === undefined || e === undefined) {
    throw new ServiceError('internal', 'KeyDamaged', 'A token signing key is not an RSA key.')
  }
  return { kty, n, e }
}

/** An RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256), in this thread. Source: RFC 7518 §3.3. */
export function signRs256(privateKey: KeyObject, message: Uint8Array): Buffer {
  return sign('sha256', message, privateKey)
}

/** Whether an RS256 signature is the key's. A key that is not RSA verifies nothing. */
export function verifyRs256(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.asymmetricKeyType === 'rsa' && verify('sha256', message, publicKey, signature)
}

/**
 * `x5t` and `kid` of a signing certificate: base64url of the SHA-1 of its DER. SHA-1 names the key here and protects nothing.
 * Source: RFC 7515 §4.1.7.
 */
export function certificateThumbprint(certificateDer: Uint8Array): string {
  return hash('sha1', certificateDer, 'base64url')
}
