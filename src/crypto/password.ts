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

/**
 * One row per way a verifier was ever made, by its first byte; rows are added, never changed.
 * 1: a client secret made here holds 200 random bits and more, so no guessing is feasible at any cost; the cost only has to
 * make a stolen table useless for weak secrets that were set by hand, and stay cheap enough for one per token request.
 * 2: what a person chose. Source: RFC 9106 §4; OWASP Password Storage (m=19456, t=2, p=1).
 */
const costByScheme = {
  1: { memory: 8192, passes: 1, parallelism: 1 },
  2: { memory: 19_456, passes: 2, parallelism: 1 },
} as const satisfies Record<number, Cost>

type Scheme = keyof typeof costByScheme

const saltLength = 16
const digestLength = 32

/** What is stored of a credential: a salt (16 bytes) and scheme (1) ‖ argon2id digest (32). */
export interface CredentialVerifier {
  readonly salt: Buffer
  readonly verifier: Buffer
}

/** The stored form of a client secret. Runs on the thread pool, about 8 MiB and 5 ms. */
export function hashCredential(secret: string): Promise<CredentialVerifier> {
  return makeVerifier(secret, 1)
}

/** The stored form of a password that a person chose. Runs on the thread pool, about 19 MiB and 40 ms. */
export function hashPassword(password: string): Promise<CredentialVerifier> {
  return makeVerifier(password, 2)
}

/**
 * Whether a presented secret or password is the one the verifier was made of. Runs on the thread pool.
 *
 * With `stored` undefined it does the work of a client secret's check and answers false, so that an unknown credential takes
 * the time of a wrong one. Throws `internal` / `CredentialDamaged` for a verifier of no known scheme.
 */
export async function verifyCredential(presented: string, stored: CredentialVerifier | undefined): Promise<boolean> {
  if (stored === undefined) {
    await digest(presented, Buffer.alloc(saltLength), costByScheme[1])
    return false
  }
  const scheme = stored.verifier[0]
  if ((scheme !== 1 && scheme !== 2) || stored.verifier.length !== 1 + digestLength) {
    throw new ServiceError('internal', 'CredentialDamaged', 'A stored credential has an unknown form.')
  }
  return timingSafeEqual(await digest(presented, stored.salt, costByScheme[scheme]), stored.verifier.subarray(1))
}

/**
 * A 32-byte key from a passphrase: argon2id with 64 MiB, 3 passes, 4 lanes, on the thread pool, about 0.2 s.
 * Wire: cannot change; what it derives opens stored keys. Source: RFC 9106 §4, second recommended option.
 */
export function deriveKeyFromPassphrase(passphrase: Uint8Array, salt: Uint8Array): Promise<Buffer> {
  return digest(passphrase, salt, { memory: 65_536, passes: 3, parallelism: 4 })
}

async function makeVerifier(secret: string, scheme: Scheme): Promise<CredentialVerifier> {
  const salt = randomBytes(saltLength)
  return { salt, verifier: Buffer.concat([Buffer.from([scheme]), await digest(secret, salt, costByScheme[scheme])]) }
}

function digest(message: Uint8Array | string, salt: Uint8Array, cost: Cost): Promise<Buffer> {
  return deriveArgon2('argon2id', { message, nonce: salt, tagLength: digestLength, ...cost })
}
