import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { ServiceError } from '#base/errors.ts'

const deriveArgon2 = promisify(argon2)

interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** How a verifier was made is its first byte; schemes are added, never changed. */
const clientSecretScheme = 1

/**
 * A client secret made here holds 200 random bits and more, so no guessing is feasible at any cost; the cost only has to make a
 * stolen table useless for weak secrets that were set by hand, and stay cheap enough for one digest per token request.
 */
const clientSecretCost: Cost = { memory: 8192, passes: 1, parallelism: 1 }

/** Source: RFC 9106 §4, second recommended option. */
const passphraseCost: Cost = { memory: 65_536, passes: 3, parallelism: 4 }

const saltLength = 16
const digestLength = 32

/** What is stored of a credential: a salt (16 bytes) and scheme (1) ‖ argon2id digest (32). */
export interface CredentialVerifier {
  readonly salt: Buffer
  readonly verifier: Buffer
}

/** The stored form of a client secret. Runs on the thread pool, about 8 MiB and 6 ms. */
export async function hashCredential(secret: string): Promise<CredentialVerifier> {
  const salt = randomBytes(saltLength)
  const verifier = Buffer.concat([Buffer.from([clientSecretScheme]), await digest(secret, salt, clientSecretCost)])
  return { salt, verifier }
}

/**
 * Whether a presented client secret is the one the verifier was made of. Runs on the thread pool.
 *
 * With `stored` undefined it does the same work and answers false, so that an unknown credential takes the time of a wrong
 * one. Throws `internal` / `CredentialDamaged` for a verifier of no known scheme.
 */
export async function verifyCredential(presented: string, stored: CredentialVerifier | undefined): Promise<boolean> {
  if (stored !== undefined && !isKnownForm(stored.verifier)) {
    throw new ServiceError('internal', 'CredentialDamaged', 'A stored credential has an unknown form.')
  }
  const salt = stored?.salt ?? Buffer.alloc(saltLength)
  const found = await digest(presented, salt, clientSecretCost)
  return stored !== undefined && timingSafeEqual(found, stored.verifier.subarray(1))
}

function isKnownForm(verifier: Buffer): boolean {
  return verifier.length === 1 + digestLength && verifier[0] === clientSecretScheme
}

/**
 * A 32-byte key from a passphrase: argon2id with 64 MiB, 3 passes, 4 lanes, on the thread pool, about 0.2 s.
 * Wire: cannot change; what it derives opens stored keys.
 */
export function deriveKeyFromPassphrase(passphrase: Uint8Array, salt: Uint8Array): Promise<Buffer> {
  return digest(passphrase, salt, passphraseCost)
}

function digest(message: Uint8Array | string, salt: Uint8Array, cost: Cost): Promise<Buffer> {
  return deriveArgon2('argon2id', { message, nonce: salt, tagLength: digestLength, ...cost })
}
