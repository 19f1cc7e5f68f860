import { defineSecretCommand, deletedSecretPath } from '../secret-command.ts'

export const keyvaultSecretPurge = defineSecretCommand({
  path: 'keyvault secret purge',
  summary: 'Destroy a deleted secret with all its versions, for good.',
  method: 'DELETE',
  pathOf: deletedSecretPath,
})
