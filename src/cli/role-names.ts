import { z } from 'zod'
import { roleDefinitionsApiVersion } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import { answerIn } from './client/service-answer.ts'
import { CommandError } from './command-error.ts'
import { isGuid } from './principals.ts'
import { quotedText } from './quoted-text.ts'
import { underScope } from './resource-paths.ts'

const definitionShape = z.object({ id: z.string(), name: z.string(), properties: z.object({ roleName: z.string() }) })

/** The id of a role definition given by name, GUID or id, as it is rendered at `scope`. */
export async function roleDefinitionId(server: ServerClient, role: string, scope: string): Promise<string> {
  if (/^\/subscriptions\/.+\/providers\/Microsoft\.Authorization\/roleDefinitions\//i.test(role)) return role
  if (isGuid(role))
    return `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  const found = await listRoleDefinitions(server, scope, role)
  const first = found[0]
  if (first === undefined) throw new CommandError(`Role '${role}' doesn't exist.`, 1)
  return answerIn(definitionShape, first).id
}

/** Role names by role definition id, as rendered at `scope`. */
export async function roleNames(server: ServerClient, scope: string): Promise<ReadonlyMap<string, string>> {
  const all = (await listRoleDefinitions(server, scope)).map((item) => answerIn(definitionShape, item))
  return new Map(all.map((definition) => [definition.id, definition.properties.roleName]))
}

/** The role definitions that can be assigned at a scope; with `roleName`, those of that name. */
export function listRoleDefinitions(
  server: ServerClient,
  scope: string,
  roleName?: string,
): Promise<readonly Record<string, unknown>[]> {
  const filter = roleName === undefined ? {} : { $filter: `roleName eq ${quotedText(roleName)}` }
  return server.list('management', {
    method: 'GET',
    path: underScope(scope, 'providers/Microsoft.Authorization/roleDefinitions'),
    query: { ...filter, 'api-version': roleDefinitionsApiVersion },
  })
}
