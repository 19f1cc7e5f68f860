import type { ServerClient, ServerRequest } from './client/server-client.ts'
import type { Command, CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { containerAppKind } from './container-app-kind.ts'
import { memberAt, recordAt } from './json-object.ts'
import { groupOption } from './named-options.ts'
import { resourcePath } from './resource-paths.ts'

const columns = [
  'name',
  'active',
  'createdTime',
  'trafficWeight',
  'healthState',
  'provisioningState',
  'replicas',
] as const

/** How commands name a revision; its app's name is in its own. */
export const revisionOptions: readonly CommandOption[] = [
  { name: '--revision', required: true, summary: 'Name of the revision.' },
  { name: '--name', aliases: ['-n'], summary: "Name of the app (default: as the revision's name says)." },
  groupOption,
]

/** A row of az's table of revisions. */
export function rowOfRevision(revision: unknown): unknown {
  const properties = recordAt(revision, 'properties')
  const shown = Object.fromEntries(
    Object.entries(properties).filter(([name]) => columns.some((column) => column === name)),
  )
  const name = memberAt(revision, 'name')
  const fqdn = memberAt(properties, 'template', 'fqdn')
  return { ...shown, ...(name === undefined ? {} : { name }), ...(fqdn === undefined ? {} : { fqdn }) }
}

/** A request about the revision that the options name. */
export function revisionRequest(
  server: ServerClient,
  given: CommandArguments,
  method: ServerRequest['method'],
  verb?: string,
): ServerRequest {
  const revision = given.required('revision')
  const border = revision.lastIndexOf('--')
  const app = given.text('name') ?? (border > 0 ? revision.slice(0, border) : undefined)
  if (app === undefined)
    throw new CommandError('Invalid revision. Provide a full revision name, such as APP--SUFFIX, or --name.', 1)
  const { subscriptionId } = server.server
  const path = resourcePath(subscriptionId, given.required('resource-group'), containerAppKind.type, app)
  return {
    method,
    path: `${path}/revisions/${encodeURIComponent(revision)}${verb === undefined ? '' : `/${verb}`}`,
    query: { 'api-version': containerAppKind.apiVersion },
  }
}

/** `containerapp revision VERB`: one request that changes what a revision does. */
export function changeRevision(verb: 'activate' | 'deactivate' | 'restart', summary: string): Command {
  return {
    path: `containerapp revision ${verb}`,
    summary,
    options: revisionOptions,
    async run(context) {
      const server = await context.server()
      return (await server.management(revisionRequest(server, context.arguments, 'POST', verb))).body
    },
  }
}
