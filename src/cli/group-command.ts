import { resourcesApiVersion } from './api-versions.ts'
import type { ServerClient, ServerRequest } from './client/server-client.ts'
import type { CommandArguments, CommandOption } from './command.ts'
import { memberAt } from './json-object.ts'
import { groupPath } from './resource-paths.ts'

/** `--name` of the commands on resource groups, with all the spellings that az takes. */
export const groupNameOption: CommandOption = {
  name: '--name',
  aliases: ['-n', '--resource-group', '-g'],
  required: true,
  summary: 'Name of the resource group.',
}

/** A request about the resource group that `--name` names. */
export function groupRequest(
  server: ServerClient,
  given: CommandArguments,
  method: ServerRequest['method'],
): ServerRequest {
  const path = groupPath(server.server.subscriptionId, given.required('name'))
  return { method, path, query: { 'api-version': resourcesApiVersion } }
}

/** The rows of az's table of resource groups. */
export function tableOfGroups(result: unknown): unknown {
  if (!Array.isArray(result)) return result
  return result.map((group: unknown) => ({
    Name: memberAt(group, 'name'),
    Location: memberAt(group, 'location'),
    Status: memberAt(group, 'properties', 'provisioningState'),
  }))
}
