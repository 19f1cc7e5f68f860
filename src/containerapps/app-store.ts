import { canonicalName, type Guid, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { randomGuid } from '#base/random.ts'
import type { SecretValue } from '#base/secret-value.ts'
import { createManagedIdentity, deletePrincipal } from '#directory/principal-store.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Schema } from '#storage/schema.ts'
import { deleteAppSecrets, saveAppSecrets } from './app-secret-store.ts'
import { nextRevisionName } from './revision-name.ts'
import { addRevision, deactivateOthers, deleteRevisions, forgetOldRevisions } from './revision-store.ts'
import {
  type DesiredResource,
  elementsOf,
  insertedColumns,
  isAt,
  isListed,
  objectIn,
  parseDocument,
  parseTrackedRow,
  type ResourceAddress,
  type ResourceQuery,
  rowBroken,
  type TrackedResource,
  textIn,
  updatedColumns,
} from './tracked-resource.ts'

/** A user-assigned identity of an app. Another identity that comes later under the same id is not the app's. */
export interface AssignedIdentity {
  readonly resourceId: string
  readonly principalId: PrincipalId
}

/** A container app as desired state. `properties` is its document, without nulls and without read-only members. */
export interface ContainerAppRecord extends TrackedResource {
  /** Unlike the name it is never used again. */
  readonly id: Guid
  /** The system-assigned identity, or undefined. */
  readonly identity: { readonly principalId: PrincipalId; readonly tenantId: TenantId } | undefined
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  /** `configuration.secrets` names every secret; no value of one is in here. */
  readonly properties: JsonObject
  /** The newest revision, `APP--SUFFIX`. */
  readonly revisionName: string
}

interface DesiredContainerApp extends DesiredResource {
  readonly systemAssignedIdentity: boolean
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  readonly properties: JsonObject
  /** New values of inline secrets by name. Those of `properties.configuration.secrets` that are not in here keep theirs. */
  readonly secretValues: ReadonlyMap<string, SecretValue>
}

/** The container apps of the reader's tenant. Writes make and delete principals: they must move generation and epoch. */
export interface AppStore {
  find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined>
  /** Ordered by resource group and name. */
  list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]>
  /** Apps in the environment with this ARM id, in any letter case; only those of one name, if given. */
  listIn(
    reader: Reader,
    environmentId: string,
    query: { readonly name?: string; readonly limit: number },
  ): Promise<readonly ContainerAppRecord[]>
  /**
   * Creates or replaces; the location stays. In the same transaction the service principal of the system-assigned identity
   * is made or deleted, new secret values are sealed with `sealer`, and a changed template becomes a revision; in single
   * revision mode the others are deactivated. Throws `conflict` for a revision suffix that is in use.
   */
  save(
    writer: Writer,
    desired: DesiredContainerApp,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }>
  /** Deletes the app with its system-assigned identity, revisions and secrets; false when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** The table `container_app`. */
export function createAppStore(): AppStore {
  return { find, list, listIn, save, delete: remove }
}

/** The ARM id of an app, names as they were written. */
export function formatAppId({ subscription, resourceGroup, name }: ResourceAddress): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/containerApps/${name}`
}

async function find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined> {
  const row = await reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where(isAt(reader.tenant, address))
    .executeTakeFirst()
  return row && parseAppRow(row)
}

async function list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]> {
  const rows = await reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where(isListed(reader.tenant, query))
    .orderBy('resource_group_canonical')
    .orderBy('name_canonical')
    .limit(query.limit)
    .execute()
  return rows.map(parseAppRow)
}

async function listIn(
  reader: Reader,
  environmentId: string,
  query: { readonly name?: string; readonly limit: number },
): Promise<readonly ContainerAppRecord[]> {
  let select = reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('environment_canonical', '=', environmentId.toLowerCase())
  if (query.name !== undefined) select = select.where('name_canonical', '=', canonicalName(query.name))
  const rows = await select.orderBy('name_canonical').orderBy('id').limit(query.limit).execute()
  return rows.map(parseAppRow)
}

async function save(
  writer: Writer,
  desired: DesiredContainerApp,
  sealer: DomainSealer,
): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }> {
  const existing = await find(writer, desired.address)
  const template = objectIn(desired.properties, 'template')
  const revisionName = nextRevisionName(
    desired.address.name,
    template,
    existing && { revisionName: existing.revisionName, template: objectIn(existing.properties, 'template') },
  )
  const id = existing?.id ?? randomGuid()
  const columns = {
    identity_json: JSON.stringify({ userAssigned: desired.userAssignedIdentities }),
    principal_id: (await settleIdentity(writer, existing, desired)) ?? null,
    properties_json: JSON.stringify(desired.properties),
    environment_canonical: textIn(desired.properties, 'environmentId').toLowerCase(),
    revision_name: revisionName,
  }
  const row =
    existing === undefined
      ? await writer.kysely
          .insertInto('container_app')
          .values({ ...insertedColumns(writer, desired), ...columns, id })
          .returningAll()
          .executeTakeFirstOrThrow()
      : await writer.kysely
          .updateTable('container_app')
          .set({ ...updatedColumns(writer, desired), ...columns })
          .where(isAt(writer.tenant, existing.address))
          .returningAll()
          .executeTakeFirstOrThrow()
  const app = parseAppRow(row)
  if (revisionName !== existing?.revisionName) await addRevision(writer, id, { name: revisionName, template })
  await settleRevisions(writer, app)
  const kept = new Set(inlineSecretNames(app))
  await saveAppSecrets(writer, id, { kept, changed: desired.secretValues, sealer })
  return { created: existing === undefined, app }
}

async function remove(writer: Writer, address: ResourceAddress): Promise<boolean> {
  const existing = await find(writer, address)
  if (existing === undefined) return false
  if (existing.identity !== undefined) await deletePrincipal(writer, existing.identity.principalId)
  await deleteAppSecrets(writer, existing.id)
  await deleteRevisions(writer, existing.id)
  await writer.kysely.deleteFrom('container_app').where(isAt(writer.tenant, address)).execute()
  return true
}

/** An identity that stays keeps its principal; one that is removed and added again is another principal. */
async function settleIdentity(
  writer: Writer,
  existing: ContainerAppRecord | undefined,
  desired: DesiredContainerApp,
): Promise<PrincipalId | undefined> {
  const current = existing?.identity
  if (desired.systemAssignedIdentity) {
    if (current !== undefined) return current.principalId
    const address = existing?.address ?? desired.address
    const principal = await createManagedIdentity(writer, {
      displayName: address.name,
      resourceId: formatAppId(address),
      userAssigned: false,
    })
    return principal.id
  }
  if (current !== undefined) await deletePrincipal(writer, current.principalId)
  return undefined
}

async function settleRevisions(writer: Writer, { id, revisionName, properties }: ContainerAppRecord): Promise<void> {
  const { activeRevisionsMode, maxInactiveRevisions } = objectIn(properties, 'configuration')
  if (activeRevisionsMode === 'Single') await deactivateOthers(writer, id, revisionName)
  const kept = typeof maxInactiveRevisions === 'number' ? maxInactiveRevisions : undefined
  await forgetOldRevisions(writer, id, revisionName, kept)
}

function inlineSecretNames({ properties }: ContainerAppRecord): readonly string[] {
  return elementsOf(objectIn(properties, 'configuration')['secrets']).flatMap((secret) => {
    if (!isJsonObject(secret) || secret['keyVaultUrl'] !== undefined) return []
    return typeof secret['name'] === 'string' ? [secret['name']] : []
  })
}

/** Reads a stored row. Throws `internal` `RowBroken`. */
export function parseAppRow(row: Schema['container_app']): ContainerAppRecord {
  return {
    ...parseTrackedRow(row),
    id: trustGuid(row.id),
    identity:
      row.principal_id === null
        ? undefined
        : { principalId: trustGuid<PrincipalId>(row.principal_id), tenantId: trustGuid<TenantId>(row.tenant_id) },
    userAssignedIdentities: parseAssigned(row.identity_json),
    properties: parseDocument(row.properties_json),
    revisionName: row.revision_name,
  }
}

function parseAssigned(json: string): readonly AssignedIdentity[] {
  const { userAssigned } = parseDocument(json)
  return elementsOf(userAssigned).map((entry) => {
    const { resourceId, principalId } = isJsonObject(entry) ? entry : {}
    if (typeof resourceId !== 'string' || typeof principalId !== 'string') throw rowBroken()
    return { resourceId, principalId: trustGuid<PrincipalId>(principalId) }
  })
}
