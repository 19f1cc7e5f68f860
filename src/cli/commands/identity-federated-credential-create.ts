import type { Command } from '../command.ts'
import { federatedCredentialOptions, federatedSettingOptions } from '../federated-options.ts'
import { federatedCredentialPath, federatedProperties } from '../identity-kind.ts'
import { flattened } from '../views/flattened.ts'

export const identityFederatedCredentialCreate: Command = {
  path: 'identity federated-credential create',
  summary: "Let tokens of another issuer stand for a user-assigned identity's own.",
  options: [...federatedCredentialOptions, ...federatedSettingOptions],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const answer = await server.management({
      method: 'PUT',
      ...federatedCredentialPath(server, given, given.required('name')),
      body: { properties: federatedProperties(given, undefined) },
    })
    return flattened(answer.body)
  },
}
