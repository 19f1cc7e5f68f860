import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import { generateNoteKey, type NoteSigner, openNoteSigner } from '#crypto/note.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { Database } from '#storage/database.ts'

const keyName = 'audit.key'

/**
 * The installation's audit key, made at first start and stored sealed under the domain `audit`, whose sealer the caller
 * opens. Its name is `<installation>/audit`; `signer.verifier.verifierKey` is what people pin. Safe to call from several
 * processes at once: all get the same key. Throws `internal` / `SealBroken` if the stored key was altered.
 */
export async function ensureAuditKey(
  database: Database,
  sealer: DomainSealer,
  installation: Guid,
): Promise<NoteSigner> {
  const stored = (await loadSealed(database)) ?? (await createSealed(database, sealer, installation))
  const seed = sealer.open(Buffer.from(stored, 'base64'), binding(installation))
  const signer = openNoteSigner(`${installation}/audit`, seed)
  seed.fill(0)
  return signer
}

function binding(installation: Guid): readonly string[] {
  return ['strongroom-1', 'audit-key', installation]
}

async function loadSealed(database: Database): Promise<string | undefined> {
  const row = await database.system('read', (kysely) =>
    kysely.selectFrom('installation').select('value').where('name', '=', keyName).executeTakeFirst(),
  )
  return row?.value
}

async function createSealed(database: Database, sealer: DomainSealer, installation: Guid): Promise<string> {
  const seed = generateNoteKey()
  const value = sealer.seal(seed, binding(installation)).toString('base64')
  seed.fill(0)
  await database.system('write', (kysely) =>
    kysely
      .insertInto('installation')
      .values({ name: keyName, value })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute(),
  )
  const stored = await loadSealed(database)
  if (stored === undefined) throw new ServiceError('internal', 'AuditKeyMissing', 'The audit key could not be stored.')
  return stored
}
