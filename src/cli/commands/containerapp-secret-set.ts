import type { Command } from '../command.ts'
import { readAppWithSecrets, secretsOf, withConfiguration, writeApp } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { mergeNamed, parseSecrets } from '../container-app-words.ts'
import { recordsAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'

export const containerappSecretSet: Command = {
  path: 'containerapp secret set',
  summary: 'Set secrets of a container app: values, or references to a vault.',
  options: [
    ...appOptions,
    {
      name: '--secrets',
      aliases: ['-s'],
      takes: 'list',
      required: true,
      summary: 'NAME=value, NAME=keyvaultref:URL,identityref:ID ... A value here shows in the process list.',
    },
    noWaitOption,
  ],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const added = parseSecrets(given.list('secrets') ?? [])
    const server = await context.server()
    const app = await readAppWithSecrets(server, given)
    const secrets = mergeNamed(recordsAt(app, 'properties', 'configuration', 'secrets'), added)
    const written = await writeApp(server, given, withConfiguration(app, { secrets }))
    context.warn(`The app '${given.required('name')}' sees the change after its next start.`)
    return secretsOf(written)
  },
}
