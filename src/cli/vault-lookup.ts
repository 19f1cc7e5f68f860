import { z } from 'zod'
import { vaultType } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import { answerIn } from './client/service-answer.ts'
import { CommandError } from './command-error.ts'
import { quotedText } from './quoted-text.ts'
import { resourcePath, underScope } from './resource-paths.ts'

const itemShape = z.object({ id: z.string(), name: z.string() })

/** The resource path of a vault; without a group it is looked up by name among the subscription's resources, as az does. */
export async function vaultResourcePath(
  server: ServerClient,
  name: string,
  group: string | undefined,
): Promise<string> {
  if (group !== undefined) return resourcePath(server.server.subscriptionId, group, vaultType, name)
  const found = await server.list('management', {
    method: 'GET',
    path: `/subscriptions/${server.server.subscriptionId}/resources`,
    query: {
      $filter: `resourceType eq ${quotedText(vaultType)} and name eq ${quotedText(name)}`,
      'api-version': '2015-11-01',
    },
  })
  const match = found
    .map((item) => answerIn(itemShape, item))
    .find((item) => item.name.toLowerCase() === name.toLowerCase())
  if (match === undefined) throw new CommandError(`The Vault '${name}' not found within subscription.`, 1)
  const segments = match.id.split('/').filter((segment) => segment !== '')
  return underScope(segments.slice(0, -1).join('/'), encodeURIComponent(match.name))
}
