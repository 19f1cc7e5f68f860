import { containerAppsApiVersion, containerAppType, environmentType, identityType } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import { ServiceFailure } from './client/service-answer.ts'
import type { CommandArguments } from './command.ts'
import { CommandError } from './command-error.ts'
import { type JsonRecord, memberAt, recordAt, recordsAt } from './json-object.ts'
import { placeOf, type ResourceKind, readResource, writeResource } from './resource-command.ts'

/** Container apps. az shows them as they come, and makes tables of a few members. */
export const containerAppKind: ResourceKind = {
  type: containerAppType,
  apiVersion: containerAppsApiVersion,
  noun: 'container app',
  nouns: 'container apps',
  listTable: (result) => (Array.isArray(result) ? result.map(rowOfApp) : result),
  showTable: rowOfApp,
  takesIds: true,
}

/** Managed environments. */
export const environmentKind: ResourceKind = {
  type: environmentType,
  apiVersion: containerAppsApiVersion,
  noun: 'managed environment',
  nouns: 'managed environments',
  takesIds: true,
}

/** A row of az's table of container apps. */
export function rowOfApp(app: unknown): unknown {
  const shown = ['name', 'location', 'resourceGroup', 'provisioningState']
  return {
    ...Object.fromEntries(Object.entries(recordAt(app)).filter(([name]) => shown.includes(name))),
    fqdn: memberAt(app, 'properties', 'configuration', 'ingress', 'fqdn') ?? null,
  }
}

/** The app that the options name. Throws `CommandError` (3) when there is none, as az says it. */
export async function readApp(server: ServerClient, given: CommandArguments): Promise<JsonRecord> {
  try {
    return recordAt(await readResource(server, containerAppKind, given))
  } catch (failure) {
    if (failure instanceof ServiceFailure && failure.status === 404)
      throw new CommandError(`The containerapp '${given.required('name')}' does not exist`, 3, { cause: failure })
    throw failure
  }
}

/** The app with the values of its secrets, so that it can be written back whole. */
export async function readAppWithSecrets(server: ServerClient, given: CommandArguments): Promise<JsonRecord> {
  const app = await readApp(server, given)
  const secrets =
    memberAt(app, 'properties', 'configuration', 'secrets') === undefined ? [] : await readSecrets(server, given)
  return withConfiguration(app, { secrets })
}

/** The secrets of an app with their values. */
export async function readSecrets(server: ServerClient, given: CommandArguments): Promise<readonly JsonRecord[]> {
  const { path, query } = placeOf(server, containerAppKind, given)
  const answer = await server.management({ method: 'POST', path: `${path}/listSecrets`, query })
  return recordsAt(answer.body, 'value')
}

/** Writes an app whole, and gives it as it then is. */
export function writeApp(server: ServerClient, given: CommandArguments, app: JsonRecord): Promise<unknown> {
  return writeResource(server, given, { method: 'PUT', ...placeOf(server, containerAppKind, given), body: app })
}

/** The app with some members of its configuration replaced. */
export function withConfiguration(app: JsonRecord, changes: JsonRecord): JsonRecord {
  const properties = recordAt(app, 'properties')
  return {
    ...app,
    properties: { ...properties, configuration: { ...recordAt(properties, 'configuration'), ...changes } },
  }
}

/** The names of an app's secrets, and where references lead: never a value. */
export function secretsOf(app: unknown): unknown {
  return memberAt(app, 'properties', 'configuration', 'secrets')
}

/** The resource id of an identity given by name or id. */
export function identityId(server: ServerClient, given: CommandArguments, identity: string): string {
  if (identity.startsWith('/')) return identity
  return `/subscriptions/${server.server.subscriptionId}/resourceGroups/${given.required('resource-group')}/providers/${identityType}/${identity}`
}

/** The app without the values of its environment variables, which az does not print after a write. */
export function withoutVariableValues(app: unknown): unknown {
  const record = recordAt(app)
  const properties = recordAt(record, 'properties')
  const template = recordAt(properties, 'template')
  if (!Array.isArray(template['containers'])) return app
  const containers = recordsAt(template, 'containers').map((container) =>
    Array.isArray(container['env']) ? { ...container, env: recordsAt(container, 'env').map(withoutValue) } : container,
  )
  return { ...record, properties: { ...properties, template: { ...template, containers } } }
}

function withoutValue(variable: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(variable).filter(([name, value]) => name !== 'value' || value === ''))
}
