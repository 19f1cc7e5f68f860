import { subscriptionsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'

export const accountListLocations: Command = {
  path: 'account list-locations',
  summary: 'List the locations that resources can have.',
  options: [],
  async run(context) {
    const server = await context.server()
    const path = `/subscriptions/${server.server.subscriptionId}/locations`
    const query = { 'api-version': subscriptionsApiVersion }
    return server.list('management', { method: 'GET', path, query })
  },
}
