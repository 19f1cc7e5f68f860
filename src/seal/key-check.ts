import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomBytes } from '#base/random.ts'
import type { Database } from '#storage/database.ts'
import { hasDomainKeys } from './domain-key-store.ts'
import { claimInstallationValues, loadInstallationValues } from './installation-store.ts'
import type { KeyEncryptionKey, KeyEncryptionProvider } from './key-encryption-key.ts'

interface Dependencies {
  readonly database: Database
  readonly provider: KeyEncryptionProvider
  readonly logger: Logger
}

interface StoredCheck {
  readonly kekId: string
  readonly check: Buffer
  readonly kind: string
  readonly parameters: string
}

const checkBinding = ['strongroom-1', 'key-check']
const rowNames = ['kek-check', 'kek-id', 'kek-provider', 'kek-parameters'] as const

/**
 * The key-encryption key of this installation, proved against the check value in the database. At first start the check value
 * is made; of two processes that start at once, both end up with the key of the one whose check value was stored.
 *
 * Throws `internal` / `WrongKeyEncryptionKey` when the provider holds another key, `KeyCheckMissing` when there are sealed
 * keys and no check value, and whatever the provider's `open` throws.
 */
export async function openCheckedKey(dependencies: Dependencies): Promise<KeyEncryptionKey> {
  const existing = await loadCheck(dependencies.database)
  if (existing !== undefined) return openAgainst(existing, dependencies.provider)
  await createCheck(dependencies)
  const stored = await loadCheck(dependencies.database)
  if (stored === undefined) throw checkMissing()
  return openAgainst(stored, dependencies.provider)
}

async function loadCheck(database: Database): Promise<StoredCheck | undefined> {
  const values = await database.system('read', (kysely) => loadInstallationValues(kysely, rowNames))
  const [check, kekId, kind, parameters] = rowNames.map((name) => values.get(name))
  if (values.size === 0) return undefined
  if (check === undefined || kekId === undefined || kind === undefined || parameters === undefined) throw checkMissing()
  return { check: Buffer.from(check, 'base64'), kekId, kind, parameters }
}

async function createCheck({ database, provider, logger }: Dependencies): Promise<void> {
  // A lost check value must not let a fresh key take over: what is sealed would never open again.
  if (await database.system('read', hasDomainKeys)) throw checkMissing()
  const { key, parameters } = await provider.create()
  const check = await key.wrap(randomBytes(32), checkBinding)
  const wasStored = await database.system('write', (kysely) =>
    claimInstallationValues(kysely, [
      { name: 'kek-check', value: check.toString('base64') },
      { name: 'kek-id', value: key.id },
      { name: 'kek-provider', value: provider.kind },
      { name: 'kek-parameters', value: parameters },
    ]),
  )
  if (wasStored)
    logger.info('The installation is sealed with a new key-encryption key.', { provider: provider.kind, kekId: key.id })
}

async function openAgainst(stored: StoredCheck, provider: KeyEncryptionProvider): Promise<KeyEncryptionKey> {
  if (stored.kind !== provider.kind) {
    throw wrongKey(
      `This installation is sealed with a ${nameOf(stored.kind)}, and the server was started with a ${nameOf(provider.kind)}. ` +
        `Start it with the ${nameOf(stored.kind)} it was made with.`,
    )
  }
  const key = await provider.open(stored.parameters)
  const advice = 'Start the server with the one that belongs to this database, or with the database that belongs to it.'
  if (key.id !== stored.kekId) {
    throw wrongKey(`The ${provider.label} holds another key than the one this installation is sealed with. ${advice}`)
  }
  await key.unwrap(stored.check, checkBinding).catch((cause: unknown) => {
    throw wrongKey(`The ${provider.label} does not open this installation. ${advice}`, cause)
  })
  return key
}

function nameOf(kind: string): string {
  return kind.replaceAll('-', ' ')
}

function wrongKey(message: string, cause?: unknown): ServiceError {
  return new ServiceError('internal', 'WrongKeyEncryptionKey', message, { cause })
}

function checkMissing(): ServiceError {
  return new ServiceError(
    'internal',
    'KeyCheckMissing',
    'The database holds sealed keys, and the value that proves the key-encryption key is missing or incomplete. Restore the ' +
      'database from a backup.',
  )
}
