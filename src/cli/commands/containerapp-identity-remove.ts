import type { Command } from '../command.ts'
import { withoutIdentities } from '../container-app-identity.ts'
import { readAppWithSecrets, writeApp } from '../container-app-kind.ts'
import { appOptions, identityOptions } from '../container-app-options.ts'
import { memberAt, recordAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'

export const containerappIdentityRemove: Command = {
  path: 'containerapp identity remove',
  summary: 'Take identities away from a container app; --user-assigned without names takes all of those.',
  options: [...appOptions, ...identityOptions, noWaitOption],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readAppWithSecrets(server, given)
    const identity = withoutIdentities(server, given, recordAt(app, 'identity'))
    return memberAt(await writeApp(server, given, { ...app, identity }), 'identity')
  },
}
