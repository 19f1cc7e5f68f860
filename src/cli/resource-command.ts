import type { ServerClient } from './client/server-client.ts'
import type { Command, CommandArguments, CommandOption } from './command.ts'
import { groupOption, nameOption, noWaitOption, someGroupOption } from './named-options.ts'
import type { TableRows } from './output/render-result.ts'
import { resourcePath } from './resource-paths.ts'

/** A type of resources that lie in resource groups, and how commands speak of it. */
export interface ResourceKind {
  /** `Microsoft.App/containerApps`. */
  readonly type: string
  readonly apiVersion: string
  /** `container app`. */
  readonly noun: string
  /** `container apps`. */
  readonly nouns: string
  /** How az shows one; without it, as it came. */
  readonly show?: (body: unknown) => unknown
  /** The rows of az's table of several, and of one, where it has its own. */
  readonly listTable?: TableRows
  readonly showTable?: TableRows
  readonly takesIds?: boolean
}

/** `GROUP show`: one resource by group and name. */
export function showResource(kind: ResourceKind, group: string): Command {
  return {
    path: `${group} show`,
    summary: `Show a ${kind.noun}.`,
    options: [nameOption(`Name of the ${kind.noun}.`), groupOption],
    ...takingIds(kind),
    ...(kind.showTable === undefined ? {} : { table: kind.showTable }),
    async run(context) {
      const server = await context.server()
      return shown(kind, await readResource(server, kind, context.arguments))
    },
  }
}

/** `GROUP list`: those of a resource group, or of the subscription. */
export function listResources(kind: ResourceKind, group: string): Command {
  return {
    path: `${group} list`,
    summary: `List ${kind.nouns} of a resource group, or of the subscription.`,
    options: [someGroupOption],
    ...(kind.listTable === undefined ? {} : { table: kind.listTable }),
    async run(context) {
      const server = await context.server()
      const { subscriptionId } = server.server
      const named = context.arguments.text('resource-group')
      const scope =
        named === undefined
          ? `/subscriptions/${subscriptionId}`
          : `/subscriptions/${subscriptionId}/resourceGroups/${encodeURIComponent(named)}`
      const items = await server.list('management', {
        method: 'GET',
        path: `${scope}/providers/${kind.type}`,
        query: { 'api-version': kind.apiVersion },
      })
      return items.map((item) => shown(kind, item))
    },
  }
}

/** `GROUP delete`. */
export function deleteResource(kind: ResourceKind, group: string, confirms: boolean): Command {
  return {
    path: `${group} delete`,
    summary: `Delete a ${kind.noun}.`,
    options: [nameOption(`Name of the ${kind.noun}.`), groupOption, ...(confirms ? [noWaitOption] : [])],
    ...takingIds(kind),
    ...(confirms ? { confirms } : {}),
    async run(context) {
      const server = await context.server()
      const request = { method: 'DELETE', ...placeOf(server, kind, context.arguments) } as const
      if (context.arguments.flag('no-wait')) await server.management(request)
      else await server.settle(request)
    },
  }
}

/** Where a resource lies that `--resource-group` and `--name` name. */
export function placeOf(
  server: ServerClient,
  kind: ResourceKind,
  given: CommandArguments,
): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const { subscriptionId } = server.server
  const path = resourcePath(subscriptionId, given.required('resource-group'), kind.type, given.required('name'))
  return { path, query: { 'api-version': kind.apiVersion } }
}

/** The resource that `--resource-group` and `--name` name, as it came. */
export async function readResource(
  server: ServerClient,
  kind: ResourceKind,
  given: CommandArguments,
): Promise<unknown> {
  return (await server.management({ method: 'GET', ...placeOf(server, kind, given) })).body
}

/** Writes a resource and gives it as it then is; with `--no-wait`, as the server answered at once. */
export async function writeResource(
  server: ServerClient,
  given: CommandArguments,
  request: Parameters<ServerClient['settle']>[0],
): Promise<unknown> {
  return given.flag('no-wait') ? (await server.management(request)).body : server.settle(request)
}

function shown(kind: ResourceKind, body: unknown): unknown {
  return kind.show === undefined ? body : kind.show(body)
}

/** The name and group options of every command on one resource of a kind. */
export function resourceOptions(kind: ResourceKind): readonly CommandOption[] {
  return [nameOption(`Name of the ${kind.noun}.`), groupOption]
}

/** Whether commands on a resource of this kind take `--ids`. */
function takingIds(kind: ResourceKind): { readonly takesIds?: true } {
  return kind.takesIds === true ? { takesIds: true } : {}
}
