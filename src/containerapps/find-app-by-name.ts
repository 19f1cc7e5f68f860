import { ServiceError } from '#base/errors.ts'
import { type ClientId, canonicalName, type Guid, type PrincipalId, type TenantId } from '#base/ids.ts'
import type { Reader } from '#storage/database.ts'
import { usableIdentitiesOf } from './app-identities.ts'
import { type ContainerAppRecord, formatAppId, parseAppRow } from './app-store.ts'
import { type AppVariables, variablesOf } from './app-variables.ts'
import { findEnvironmentById } from './environment-store.ts'
import { createRevisionStore } from './revision-store.ts'
import { objectIn, textIn } from './tracked-resource.ts'

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
  /** The newest active revision, `APP--SUFFIX`, whose template says which variables there are. */
  readonly revisionName: string
  /** The platform's own variables, and the plain ones of the template's first container. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of variables, and of the secrets whose values they get. */
  readonly secretVariables: Readonly<Record<string, string>>
}

const shownGroups = 5

/**
 * The app of this name in the reader's tenant, in `resourceGroup` when that is given; any letter case. Throws `not-found`
 * `ContainerAppNotFound`; `conflict` `ContainerAppAmbiguous` when several groups hold one of this name, and
 * `ContainerAppHasNoActiveRevision`.
 */
export async function findAppByName(
  reader: Reader,
  name: string,
  resourceGroup: string | undefined,
): Promise<RunnableApp> {
  return runnableOf(reader, await findRecordByName(reader, name, resourceGroup))
}

/** The newest active revision of an app and the variables of its template. Throws `conflict` `ContainerAppHasNoActiveRevision`. */
export async function activeRevisionOf(
  reader: Reader,
  app: ContainerAppRecord,
): Promise<{ readonly name: string; readonly variables: AppVariables }> {
  const [revision] = await createRevisionStore().listActive(reader, app.id)
  if (revision === undefined) {
    const remedy = `Activate one, as in: az containerapp revision activate --revision ${app.revisionName}`
    throw new ServiceError(
      'conflict',
      'ContainerAppHasNoActiveRevision',
      `Container app '${app.address.name}' has no active revision. ${remedy}`,
    )
  }
  return { name: revision.name, variables: variablesOf(revision.template) }
}

async function runnableOf(reader: Reader, app: ContainerAppRecord): Promise<RunnableApp> {
  const { name: revisionName, variables } = await activeRevisionOf(reader, app)
  const [identity] = await usableIdentitiesOf(reader, app)
  return {
    tenant: reader.tenant,
    id: app.id,
    name: app.address.name,
    resourceGroup: app.address.resourceGroup,
    resourceId: formatAppId(app.address),
    identity: identity && { principalId: identity.principalId, clientId: identity.clientId },
    revisionName,
    environment: { ...variables.plain, ...(await platformVariables(reader, app, revisionName)) },
    secretVariables: variables.secret,
  }
}

/** The app of this name as `findAppByName` finds it. */
export async function findRecordByName(
  reader: Reader,
  name: string,
  resourceGroup: string | undefined,
): Promise<ContainerAppRecord> {
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
  return app
}

/**
 * What the platform tells every container. There is no replica, so none is named.
 * Source: contracts/resource-manager-and-container-apps.md §6.5.
 */
async function platformVariables(
  reader: Reader,
  { address, properties }: ContainerAppRecord,
  revisionName: string,
): Promise<Readonly<Record<string, string>>> {
  const environment = await findEnvironmentById(reader, textIn(properties, 'environmentId'))
  const domain = environment === undefined ? '' : textIn(environment.properties, 'defaultDomain')
  const { external, targetPort } = objectIn(objectIn(properties, 'configuration'), 'ingress')
  const label = external === true ? revisionName : `${revisionName}.internal`
  return {
    CONTAINER_APP_NAME: address.name,
    CONTAINER_APP_REVISION: revisionName,
    ...(domain === '' ? {} : { CONTAINER_APP_ENV_DNS_SUFFIX: domain }),
    ...(domain === '' || external === undefined ? {} : { CONTAINER_APP_HOSTNAME: `${label}.${domain}` }),
    ...(typeof targetPort === 'number' ? { CONTAINER_APP_PORT: String(targetPort) } : {}),
  }
}
