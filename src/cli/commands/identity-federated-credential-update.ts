import type { Command } from '../command.ts'
import { federatedCredentialOptions, federatedSettingOptions } from '../federated-options.ts'
import { federatedCredentialPath, federatedProperties } from '../identity-kind.ts'
import { flattened } from '../views/flattened.ts'

export const identityFederatedCredentialUpdate: Command = {
  path: 'identity federated-credential update',
  summary: 'Change whose tokens a federated credential takes.',
  options: [...federatedCredentialOptions, ...federatedSettingOptions],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const place = federatedCredentialPath(server, given, given.required('name'))
    const former = (await server.management({ method: 'GET', ...place })).body
    const body = { properties: federatedProperties(given, former) }
    return flattened((await server.management({ method: 'PUT', ...place, body })).body)
  },
}
