import type { Command } from '../command.ts'
import { containerAppKind } from '../container-app-kind.ts'
import { textAt } from '../json-object.ts'
import { listResources } from '../resource-command.ts'

const listed = listResources(containerAppKind, 'containerapp')

export const containerappList: Command = {
  ...listed,
  options: [...listed.options, { name: '--environment', summary: 'Only those of an environment, by name or id.' }],
  async run(context) {
    const apps = await listed.run(context)
    const environment = context.arguments.text('environment')?.toLowerCase()
    if (environment === undefined || !Array.isArray(apps)) return apps
    return apps.filter((app) => {
      const id = textAt(app, 'properties', 'environmentId').toLowerCase()
      return id === environment || id.endsWith(`/managedenvironments/${environment}`)
    })
  },
}
