import { z } from 'zod'
import { resourcesApiVersion } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import { answerIn } from './client/service-answer.ts'
import { groupPath } from './resource-paths.ts'

/** The location of a resource group, which new resources take when none is given. */
export async function groupLocation(server: ServerClient, group: string): Promise<string> {
  const answer = await server.management({
    method: 'GET',
    path: groupPath(server.server.subscriptionId, group),
    query: { 'api-version': resourcesApiVersion },
  })
  return answerIn(z.object({ location: z.string() }), answer.body).location
}
