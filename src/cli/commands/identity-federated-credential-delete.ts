import type { Command } from '../command.ts'
import { federatedCredentialOptions } from '../federated-options.ts'
import { federatedCredentialPath } from '../identity-kind.ts'

export const identityFederatedCredentialDelete: Command = {
  path: 'identity federated-credential delete',
  summary: 'Delete a federated credential of a user-assigned identity.',
  options: federatedCredentialOptions,
  confirms: true,
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    await server.management({
      method: 'DELETE',
      ...federatedCredentialPath(server, given, given.required('name')),
    })
  },
}
