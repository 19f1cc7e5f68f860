import type { Command } from '../command.ts'
import { readAppWithSecrets, withConfiguration, writeApp } from '../container-app-kind.ts'
import { appOptions } from '../container-app-options.ts'
import { memberAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'

export const containerappRevisionSetMode: Command = {
  path: 'containerapp revision set-mode',
  summary: 'Choose how many revisions of a container app are active.',
  options: [
    ...appOptions,
    { name: '--mode', required: true, values: ['single', 'multiple'], summary: 'One revision, or several.' },
    noWaitOption,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readAppWithSecrets(server, given)
    const changed = withConfiguration(app, { activeRevisionsMode: given.required('mode') })
    return memberAt(await writeApp(server, given, changed), 'properties', 'configuration', 'activeRevisionsMode')
  },
}
