import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { readAppWithSecrets, secretsOf, withConfiguration, writeApp } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { nameOf } from '../container-app-words.ts'
import { recordsAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'

export const containerappSecretRemove: Command = {
  path: 'containerapp secret remove',
  summary: 'Take secrets away from a container app.',
  options: [
    ...appOptions,
    { name: '--secret-names', takes: 'list', required: true, summary: 'Names of the secrets.' },
    noWaitOption,
  ],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const names = (given.list('secret-names') ?? []).map((name) => name.toLowerCase())
    const server = await context.server()
    const app = await readAppWithSecrets(server, given)
    const former = recordsAt(app, 'properties', 'configuration', 'secrets')
    const missing = names.find((name) => !former.some((secret) => nameOf(secret) === name))
    if (missing !== undefined)
      throw new CommandError(
        `The containerapp ${given.required('name')} does not have a secret assigned with name ${missing}.`,
        1,
      )
    const secrets = former.filter((secret) => !names.includes(nameOf(secret)))
    return secretsOf(await writeApp(server, given, withConfiguration(app, { secrets })))
  },
}
