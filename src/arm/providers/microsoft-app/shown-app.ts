import type { JsonValue } from '#base/json.ts'
import type { Reader } from '#storage/database.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { tryParseResourceId } from '../../resource-id.ts'
import { showIdentities } from './app-identity.ts'
import type { ShownApp } from './app-wire.ts'
import { environmentType } from './environment-wire.ts'

type Its = Pick<ResourceManagerDependencies, 'environments' | 'identities'>

/** Apps with their identities and the default domains of their environments, each of which is read once. */
export async function showApps(
  its: Its,
  reader: Reader,
  apps: readonly ContainerAppRecord[],
): Promise<readonly ShownApp[]> {
  const domains = new Map<JsonValue | undefined, string | undefined>()
  for (const { properties } of apps) {
    const { environmentId } = properties
    if (!domains.has(environmentId)) domains.set(environmentId, await loadDomain(its, reader, environmentId))
  }
  const shown: ShownApp[] = []
  for (const app of apps) {
    const defaultDomain = domains.get(app.properties['environmentId'])
    shown.push({ app, defaultDomain, userAssigned: await showIdentities(its, reader, app) })
  }
  return shown
}

/** One app with its environment's default domain and its identities. */
export async function showApp(its: Its, reader: Reader, app: ContainerAppRecord): Promise<ShownApp> {
  const defaultDomain = await loadDomain(its, reader, app.properties['environmentId'])
  return { app, defaultDomain, userAssigned: await showIdentities(its, reader, app) }
}

async function loadDomain(its: Its, reader: Reader, environmentId: JsonValue | undefined): Promise<string | undefined> {
  const address = typeof environmentId === 'string' ? tryParseResourceId(environmentId, environmentType) : undefined
  const environment = address === undefined ? undefined : await its.environments.find(reader, address)
  const domain = environment?.properties['defaultDomain']
  return typeof domain === 'string' ? domain : undefined
}
