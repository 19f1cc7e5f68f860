import type { TenantId } from '#base/ids.ts'
import { createSelfSignedCertificate } from '#crypto/certificates.ts'
import {
  certificateThumbprint,
  exportPrivateKey,
  exportRsaPublicJwk,
  generateRsaKeyPair,
  importPrivateKey,
  type KeyPair,
} from '#crypto/signing.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { StoredSigningKey } from './signing-key-store.ts'

const day = 86_400_000

/** A new key is published this long before it signs: those who verify tokens fetch our keys about once a day. */
export const publicationLeadMilliseconds = day

/** The certificate only names the key; it outlasts any rotation. */
const certificateLifetimeMilliseconds = 5 * 365 * day

/** The seal domain of a tenant's signing keys. */
export function signingDomain(tenant: TenantId): string {
  return `tenant/${tenant}/signing`
}

/** Generates and seals a signing key. The private part exists in the clear only in here and in the memory of signers. */
export async function createSigningKey(request: {
  readonly tenant: TenantId
  readonly sealer: DomainSealer
  readonly now: Date
  readonly signsFrom: Date
}): Promise<StoredSigningKey> {
  const { tenant, now } = request
  const { privateKey, publicKey } = await generateRsaKeyPair()
  const certificate = createSelfSignedCertificate({
    privateKey,
    commonName: 'Strongroom token signing',
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + certificateLifetimeMilliseconds),
  })
  const keyId = certificateThumbprint(certificate)
  const plain = exportPrivateKey(privateKey)
  const sealedPrivateKey = request.sealer.seal(plain, sealBinding(tenant, keyId))
  plain.fill(0)
  return {
    keyId,
    sealedPrivateKey,
    certificate,
    publicJwk: exportRsaPublicJwk(publicKey),
    publishedAt: now,
    signsFrom: request.signsFrom,
    retiresAt: undefined,
  }
}

/** Opens the private part of a stored key. Throws `internal` / `SealBroken` if the row was altered or moved. */
export function openSigningKey(tenant: TenantId, sealer: DomainSealer, key: StoredSigningKey): KeyPair {
  const plain = sealer.open(key.sealedPrivateKey, sealBinding(tenant, key.keyId))
  try {
    return importPrivateKey(plain)
  } finally {
    plain.fill(0)
  }
}

function sealBinding(tenant: TenantId, keyId: string): readonly string[] {
  return [tenant, '', 'signing-key', keyId, '', 'private-key']
}
