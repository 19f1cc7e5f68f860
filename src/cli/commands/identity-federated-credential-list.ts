import type { Command } from '../command.ts'
import { identityNameOption } from '../federated-options.ts'
import { federatedCredentialPath } from '../identity-kind.ts'
import { groupOption } from '../named-options.ts'
import { flattened } from '../views/flattened.ts'

export const identityFederatedCredentialList: Command = {
  path: 'identity federated-credential list',
  summary: 'List the federated credentials of a user-assigned identity.',
  options: [identityNameOption, groupOption],
  async run(context) {
    const server = await context.server()
    const place = federatedCredentialPath(server, context.arguments, undefined)
    return (await server.list('management', { method: 'GET', ...place })).map(flattened)
  },
}
