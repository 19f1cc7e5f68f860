import { randomHex } from '#base/random.ts'
import type { ServerClient } from './client/server-client.ts'
import type { CommandContext, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { textAt } from './json-object.ts'
import { resourcePath } from './resource-paths.ts'

const workspaceType = 'Microsoft.OperationalInsights/workspaces'
const query = { 'api-version': '2025-02-01' } as const
const longestWorkspaceName = 40

/** Where an environment's logs go. */
export const logsOptions: readonly CommandOption[] = [
  {
    name: '--logs-destination',
    values: ['log-analytics', 'azure-monitor', 'none'],
    summary: 'log-analytics (default), azure-monitor or none.',
  },
  { name: '--logs-workspace-id', summary: 'Customer id of a workspace (default: a new one in the group).' },
  { name: '--logs-workspace-key', summary: "The workspace's key." },
]

/** The configuration of an environment's logs; without a workspace one is made, as az makes it. */
export async function logsConfiguration(
  context: CommandContext,
  location: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const given = context.arguments
  const destination = given.text('logs-destination') ?? 'log-analytics'
  if (destination === 'none') return undefined
  if (destination !== 'log-analytics') return { destination }
  const customerId = given.text('logs-workspace-id')
  const sharedKey = given.text('logs-workspace-key')
  if (customerId === undefined && sharedKey !== undefined)
    throw new CommandError('Usage error: Supply the --logs-workspace-id associated with the --logs-workspace-key', 1)
  const server = await context.server()
  const found =
    customerId === undefined
      ? await createWorkspace(context, server, location)
      : { customerId, sharedKey: sharedKey ?? (await findKey(server, customerId)) }
  return { destination, logAnalyticsConfiguration: found }
}

interface Workspace {
  readonly customerId: string
  readonly sharedKey: string
}

async function createWorkspace(context: CommandContext, server: ServerClient, location: string): Promise<Workspace> {
  const group = context.arguments.required('resource-group')
  const suffix = randomHex(2)
  const name = `workspace-${group.replace(/[^0-9a-z]/g, '')}${suffix}`.slice(0, longestWorkspaceName)
  context.warn(`No Log Analytics workspace provided. Generating one with name "${name}".`)
  const path = resourcePath(server.server.subscriptionId, group, workspaceType, name)
  const workspace = await server.settle({ method: 'PUT', path, query, body: { location } })
  return { customerId: textAt(workspace, 'properties', 'customerId'), sharedKey: await readKey(server, path) }
}

async function findKey(server: ServerClient, customerId: string): Promise<string> {
  const path = `/subscriptions/${server.server.subscriptionId}/providers/${workspaceType}`
  const workspace = (await server.list('management', { method: 'GET', path, query })).find(
    (item) => textAt(item, 'properties', 'customerId').toLowerCase() === customerId.toLowerCase(),
  )
  if (workspace === undefined)
    throw new CommandError('Usage error: Supply the --logs-workspace-key associated with the --logs-workspace-id', 1)
  return readKey(server, textAt(workspace, 'id'))
}

async function readKey(server: ServerClient, path: string): Promise<string> {
  const answer = await server.management({ method: 'POST', path: `${path}/sharedKeys`, query })
  return textAt(answer.body, 'primarySharedKey')
}
