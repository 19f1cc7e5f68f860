import type { Command } from '../command.ts'
import { withIdentities } from '../container-app-identity.ts'
import { readAppWithSecrets, writeApp } from '../container-app-kind.ts'
import { appOptions, identityOptions } from '../container-app-options.ts'
import { memberAt, recordAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'

export const containerappIdentityAssign: Command = {
  path: 'containerapp identity assign',
  summary: 'Give a container app an identity of its own, or user-assigned ones.',
  options: [...appOptions, ...identityOptions, noWaitOption],
  takesIds: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const app = await readAppWithSecrets(server, given)
    const identity = withIdentities(server, given, recordAt(app, 'identity'))
    return memberAt(await writeApp(server, given, { ...app, identity }), 'identity')
  },
}
