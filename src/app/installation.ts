import type { Kysely } from 'kysely'
import { ensureAuditKey } from '#audit/audit-key.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import { parseScope } from '#authorization/scope.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { type Guid, trustGuid } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import type { NoteSigner } from '#crypto/note.ts'
import type { Directory, HomeTenant } from '#directory/directory.ts'
import { ensureDomain } from '#seal/create-seal.ts'
import type { Seal } from '#seal/seal.ts'
import type { Database } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'

/** What exists exactly once, from first start on. */
export interface Installation {
  readonly id: Guid
  readonly home: HomeTenant
  /** Signs the checkpoints of all lanes; its name is `<installation>/audit`. */
  readonly auditSigner: NoteSigner
}

export interface InstallationDependencies {
  readonly database: Database
  readonly seal: Seal
  readonly directory: Directory
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens the installation, or makes it at first start: tenant, subscription, operator as its Owner, and the audit key. */
export async function openInstallation(dependencies: InstallationDependencies): Promise<Installation> {
  const { database, directory } = dependencies
  const { id, home, isFirst } = await database.system('write', async (kysely) => {
    // Of several processes that start at once, the one whose row this is makes everything; the others wait for its commit.
    const isFirst = await insertOnce(kysely, 'installation-id', randomGuid())
    const home = isFirst ? await createHome(kysely, dependencies) : await directory.findHomeTenant(kysely)
    const id = await loadValue(kysely, 'installation-id')
    if (home === undefined || id === undefined) throw incomplete('tenant')
    return { id: trustGuid(id), home, isFirst }
  })
  const auditSigner = await ensureAuditKey(database, await ensureDomain(database, dependencies.seal, 'audit'), id)
  if (isFirst) {
    const { verifierKey } = auditSigner.verifier
    dependencies.logger.info(
      'This is a new installation. Keep the audit verifier key where this machine cannot change it.',
      { verifierKey },
    )
  }
  return { id, home, auditSigner }
}

async function createHome(kysely: Kysely<Schema>, { directory, clock }: InstallationDependencies): Promise<HomeTenant> {
  const now = clock.now()
  const tenantId = trustGuid<HomeTenant['tenant']['id']>(randomGuid())
  const subscriptionId = trustGuid<HomeTenant['subscription']['id']>(randomGuid())
  const home = await directory.createHomeTenant(kysely, {
    tenantId,
    subscriptionId,
    tenantName: 'Strongroom',
    domain: 'strongroom.local',
    subscriptionName: 'Strongroom',
    now,
  })
  const writtenScope = `/subscriptions/${subscriptionId}`
  await saveRoleAssignment(
    { kysely, tenant: tenantId, now },
    {
      id: randomGuid(),
      scope: parseScope(writtenScope),
      writtenScope,
      roleDefinitionId: `${writtenScope}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoleIds.owner}`,
      principalId: home.operator.id,
      principalType: 'User',
      by: home.operator.id,
    },
  )
  return home
}

async function insertOnce(kysely: Kysely<Schema>, name: string, value: string): Promise<boolean> {
  const inserted = await kysely
    .insertInto('installation')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .execute()
  return inserted.length > 0
}

async function loadValue(kysely: Kysely<Schema>, name: string): Promise<string | undefined> {
  const row = await kysely.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}

function incomplete(what: string): ServiceError {
  return new ServiceError(
    'internal',
    'InstallationIncomplete',
    `The database has no ${what}, although it belongs to an installation.`,
  )
}
