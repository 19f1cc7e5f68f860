import { z } from 'zod'
import { containerAppsApiVersion, containerAppType, environmentType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { resourcePath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'

const environmentShape = z.object({ id: z.string(), location: z.string() })

export const containerappCreate: Command = {
  path: 'containerapp create',
  summary: 'Create a container app.',
  options: [
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the app.' },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: 'Name of the resource group.' },
    { name: '--environment', required: true, summary: 'Name or id of the managed environment.' },
    { name: '--image', aliases: ['-i'], summary: 'Container image.' },
    { name: '--env-vars', takes: 'list', summary: 'Plain environment variables: NAME=value ...' },
    { name: '--system-assigned', takes: 'switch', summary: 'Give the app an identity of its own.' },
    { name: '--tags', takes: 'list', summary: 'Tags: key=value ...' },
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const { subscriptionId } = server.server
    const group = given.required('resource-group')
    const name = given.required('name')
    const query = { 'api-version': containerAppsApiVersion }
    const named = given.required('environment')
    const environmentPath = named.startsWith('/') ? named : resourcePath(subscriptionId, group, environmentType, named)
    const environment = environmentShape.parse(
      (await server.management({ method: 'GET', path: environmentPath, query })).body,
    )
    const tags = parseTags(given.list('tags'))
    const variables = environmentVariables(given.list('env-vars'))
    const path = resourcePath(subscriptionId, group, containerAppType, name)
    await server.management({
      method: 'PUT',
      path,
      query,
      body: {
        location: environment.location,
        identity: { type: given.flag('system-assigned') ? 'SystemAssigned' : 'None' },
        ...(tags === undefined ? {} : { tags }),
        properties: {
          environmentId: environment.id,
          configuration: { activeRevisionsMode: 'Single' },
          template: {
            containers: [
              {
                name,
                image: given.text('image') ?? 'mcr.microsoft.com/k8se/quickstart:latest',
                resources: { cpu: 0.5, memory: '1Gi' },
                ...(variables === undefined ? {} : { env: variables }),
              },
            ],
          },
        },
      },
    })
    return (await server.management({ method: 'GET', path, query })).body
  },
}

function environmentVariables(
  words: readonly string[] | undefined,
): readonly { readonly name: string; readonly value: string }[] | undefined {
  return words?.map((word) => {
    const border = word.indexOf('=')
    if (border < 1) throw new CommandError('--env-vars takes NAME=value words.', 2)
    if (word.slice(border + 1).startsWith('secretref:'))
      throw new CommandError('Secret references in --env-vars are not supported yet.', 2)
    return { name: word.slice(0, border), value: word.slice(border + 1) }
  })
}
