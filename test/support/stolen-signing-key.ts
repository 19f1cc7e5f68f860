/** The signing key of a stopped server, taken out of its data directory with its key-encryption key. */
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import type { KeyPair } from '#crypto/signing.ts'
import { createSeal } from '#seal/create-seal.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { openSigningKey, signingDomain } from '#token/signing-key.ts'
import { loadSigningKeys } from '#token/signing-key-store.ts'

export interface StolenKey {
  readonly keyId: string
  readonly pair: KeyPair
}

/** With it a test signs what the server itself never would: tokens that are false in one claim alone. */
export async function stealSigningKey(data: string, tenantId: string): Promise<StolenKey> {
  const tenant = trustGuid<TenantId>(tenantId)
  const its = { clock: systemClock, logger: silentLogger }
  const database = await openSqlite({ directory: data, ...its })
  try {
    const path = join(data, 'keys', 'key-encryption-key')
    const seal = await createSeal({
      database,
      provider: createKeyEncryptionProvider({ kind: 'key-file', path }),
      ...its,
    })
    const sealer = await seal.domain(signingDomain(tenant))
    const [key] = await database.read({ tenant, consistency: 'snapshot' }, loadSigningKeys)
    if (key === undefined) throw new Error('The server has no signing key.')
    return { keyId: key.keyId, pair: openSigningKey(tenant, sealer, key) }
  } finally {
    await database.close()
  }
}
