import { defineSecretCommand, deletedSecretPath } from '../secret-command.ts'
import { viewSecret } from '../secret-view.ts'

export const keyvaultSecretRecover = defineSecretCommand({
  path: 'keyvault secret recover',
  summary: 'Bring back a deleted secret with all its versions.',
  method: 'POST',
  pathOf: (secret) => `${deletedSecretPath(secret)}/recover`,
  show: viewSecret,
})
