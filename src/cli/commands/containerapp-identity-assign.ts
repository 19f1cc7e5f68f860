import { z } from 'zod'
import { containerAppsApiVersion, containerAppType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { resourcePath } from '../resource-paths.ts'

const appShape = z.looseObject({ identity: z.unknown() })

export const containerappIdentityAssign: Command = {
  path: 'containerapp identity assign',
  summary: 'Give a container app an identity of its own.',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the app.' },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: 'Name of the resource group.' },
    { name: '--system-assigned', takes: 'switch', summary: 'The system-assigned identity.' },
  ],
  async run(context) {
    const given = context.arguments
    if (!given.flag('system-assigned')) throw new CommandError('Name the identity: --system-assigned.', 2)
    const server = await context.server()
    const path = resourcePath(
      server.server.subscriptionId,
      given.required('resource-group'),
      containerAppType,
      given.required('name'),
    )
    const query = { 'api-version': containerAppsApiVersion }
    const app = appShape.parse((await server.management({ method: 'GET', path, query })).body)
    await server.management({ method: 'PUT', path, query, body: { ...app, identity: { type: 'SystemAssigned' } } })
    return appShape.parse((await server.management({ method: 'GET', path, query })).body).identity
  },
}
