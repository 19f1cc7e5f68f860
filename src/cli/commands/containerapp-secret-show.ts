import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { readApp, readSecrets } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { nameOf } from '../container-app-words.ts'

export const containerappSecretShow: Command = {
  path: 'containerapp secret show',
  summary: 'Show one secret of a container app with its value.',
  options: [...appOptions, { name: '--secret-name', required: true, summary: 'Name of the secret.' }],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    await readApp(server, given)
    const name = given.required('secret-name')
    const found = (await readSecrets(server, given)).find((secret) => nameOf(secret) === name.toLowerCase())
    if (found !== undefined) return found
    throw new CommandError(
      `The containerapp ${given.required('name')} does not have a secret assigned with name ${name}.`,
      1,
    )
  },
}
