import { systemClock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { silentLogger } from '#base/log.ts'
import { createSeal } from '#seal/create-seal.ts'
import { loadInstallationValues } from '#seal/installation-store.ts'
import { createKeyEncryptionProvider } from '#seal/provider-list.ts'
import type { Seal } from '#seal/seal.ts'
import type { ServerConfig } from '../config.ts'
import { type Finding, well, wrong } from './finding.ts'
import type { InspectedDatabase } from './inspected-database.ts'

/** That the key-encryption key is there, is its owner's alone, is whole, and is the one that opens this installation. */
export async function checkKey(
  config: ServerConfig,
  { database }: InspectedDatabase,
): Promise<{ readonly finding: Finding; readonly seal: Seal | undefined }> {
  const values = await database.system('read', (kysely) => loadInstallationValues(kysely, ['kek-check']))
  // Without it a seal would be made anew.
  if (values.size === 0) {
    const finding = wrong(
      'The database has no value to prove the key with; the first start of its server did not end well.',
    )
    return { finding, seal: undefined }
  }
  const { keyEncryption } = config
  const provider = createKeyEncryptionProvider(
    keyEncryption.kind === 'key-file' ? keyEncryption : { kind: 'passphrase', source: { path: keyEncryption.path } },
  )
  try {
    const seal = await createSeal({ database, provider, clock: systemClock, logger: silentLogger })
    return { finding: well(`The ${provider.label} opens this installation.`), seal }
  } catch (failure) {
    if (!(failure instanceof ServiceError)) throw failure
    return { finding: wrong(failure.message), seal: undefined }
  }
}
