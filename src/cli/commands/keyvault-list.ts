import { resourceListApiVersion, vaultType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { resourceTypeOption, someGroupOption } from '../named-options.ts'
import { vaultQuery } from '../vault-command.ts'
import { trackedResourceShape, vaultShape } from '../views/resource-shapes.ts'
import { showAllAs } from '../views/shape.ts'

export const keyvaultList: Command = {
  path: 'keyvault list',
  summary: 'List the vaults of a resource group, or of the subscription.',
  options: [someGroupOption, resourceTypeOption],
  async run(context) {
    const given = context.arguments
    if (given.text('resource-type') === 'hsm') return []
    const server = await context.server()
    const scope = `/subscriptions/${server.server.subscriptionId}`
    const group = given.text('resource-group')
    if (group !== undefined) {
      const path = `${scope}/resourceGroups/${encodeURIComponent(group)}/providers/${vaultType}`
      return showAllAs(vaultShape, await server.list('management', { method: 'GET', path, query: vaultQuery }))
    }
    const query = { $filter: `resourceType eq '${vaultType}'`, 'api-version': resourceListApiVersion }
    const vaults = await server.list('management', { method: 'GET', path: `${scope}/resources`, query })
    return showAllAs(trackedResourceShape, vaults)
  },
}
