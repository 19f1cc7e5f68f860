import { subscriptionsApiVersion } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { memberAt } from '../json-object.ts'
import { locationShape } from '../views/resource-shapes.ts'
import { showAllAs } from '../views/shape.ts'

export const accountListLocations: Command = {
  path: 'account list-locations',
  summary: 'List the locations that resources can have.',
  options: [],
  table: (result) =>
    Array.isArray(result)
      ? result.map((location: unknown) => ({
          DisplayName: memberAt(location, 'displayName'),
          Name: memberAt(location, 'name'),
          RegionalDisplayName: memberAt(location, 'regionalDisplayName'),
        }))
      : result,
  async run(context) {
    const server = await context.server()
    const path = `/subscriptions/${server.server.subscriptionId}/locations`
    const query = { 'api-version': subscriptionsApiVersion }
    return showAllAs(locationShape, await server.list('management', { method: 'GET', path, query }))
  },
}
