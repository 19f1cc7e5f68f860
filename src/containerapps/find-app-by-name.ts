import { ServiceError } from '#base/errors.ts'
import { type ClientId, canonicalName, type Guid, type PrincipalId, type TenantId } from '#base/ids.ts'
import type { JsonObject, JsonValue } from '#base/json.ts'
import { findPrincipal } from '#directory/principal-store.ts'
import type { Reader } from '#storage/database.ts'
import { type ContainerAppRecord, formatAppId, parseAppRow } from './app-store.ts'
import { isJsonObject, objectIn } from './tracked-resource.ts'

/** What it takes to run a command as an app. */
export interface RunnableApp {
  readonly tenant: TenantId
  /** Unlike the name it is never used again. */
  readonly id: Guid
  readonly name: string
  readonly resourceGroup: string
  /** `/subscriptions/…/providers/Microsoft.App/containerApps/NAME`. */
  readonly resourceId: string
  /** The system-assigned identity, else the first user-assigned one that exists; undefined when the app has none. */
  readonly identity: { readonly principalId: PrincipalId; readonly clientId: ClientId } | undefined
  /** The plain environment variables of the app's first container. */
  readonly environment: Readonly<Record<string, string>>
}

const shownGroups = 5

/**
 * The app of this name in the reader's tenant, in `resourceGroup` when that is given; any letter case. Throws `not-found`
 * `ContainerAppNotFound`, and `conflict` `ContainerAppAmbiguous` when several groups hold one of this name.
 */
export async function findAppByName(
  reader: Reader,
  name: string,
  resourceGroup: string | undefined,
): Promise<RunnableApp> {
  let select = reader.kysely
    .selectFrom('container_app')
    .selectAll()
    .where('tenant_id', '=', reader.tenant)
    .where('name_canonical', '=', canonicalName(name))
  if (resourceGroup !== undefined) {
    select = select.where('resource_group_canonical', '=', canonicalName(resourceGroup))
  }
  const rows = await select.orderBy('resource_group_canonical').limit(shownGroups).execute()
  const [app, ...others] = rows.map(parseAppRow)
  if (app === undefined) {
    const place = resourceGroup === undefined ? '' : ` in resource group '${resourceGroup}'`
    throw new ServiceError('not-found', 'ContainerAppNotFound', `There is no container app '${name}'${place}.`)
  }
  if (others.length > 0) {
    const groups = [app, ...others].map(({ address }) => `'${address.resourceGroup}'`).join(', ')
    throw new ServiceError(
      'conflict',
      'ContainerAppAmbiguous',
      `Container app '${name}' exists in several resource groups: ${groups}. Name one of them.`,
    )
  }
  return {
    tenant: reader.tenant,
    id: app.id,
    name: app.address.name,
    resourceGroup: app.address.resourceGroup,
    resourceId: formatAppId(app.address),
    identity: await loadIdentity(reader, app),
    environment: plainVariables(objectIn(app.properties, 'template')),
  }
}

async function loadIdentity(reader: Reader, app: ContainerAppRecord): Promise<RunnableApp['identity']> {
  const own = app.identity === undefined ? [] : [app.identity]
  for (const { principalId } of [...own, ...app.userAssignedIdentities]) {
    const principal = await findPrincipal(reader, principalId)
    if (principal?.clientId !== undefined) return { principalId, clientId: principal.clientId }
  }
  return undefined
}

/** The variables of the first container that have a plain value; of two with one name, the last counts. */
export function plainVariables(template: JsonObject): Readonly<Record<string, string>> {
  const container = arrayOf(template['containers'])[0]
  const variables = new Map<string, string>()
  for (const entry of arrayOf(isJsonObject(container) ? container['env'] : undefined)) {
    if (!isJsonObject(entry)) continue
    const { name, value, secretRef } = entry
    if (typeof name !== 'string' || secretRef !== undefined) continue
    variables.set(name, typeof value === 'string' ? value : '')
  }
  return Object.fromEntries(variables)
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}
