import type { Command } from '../command.ts'
import { federatedCredentialOptions } from '../federated-options.ts'
import { federatedCredentialPath } from '../identity-kind.ts'
import { flattened } from '../views/flattened.ts'

export const identityFederatedCredentialShow: Command = {
  path: 'identity federated-credential show',
  summary: 'Show a federated credential of a user-assigned identity.',
  options: federatedCredentialOptions,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const place = federatedCredentialPath(server, given, given.required('name'))
    return flattened((await server.management({ method: 'GET', ...place })).body)
  },
}
