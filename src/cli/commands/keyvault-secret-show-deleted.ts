import { defineSecretCommand, deletedSecretPath } from '../secret-command.ts'
import { viewDeletedSecret } from '../secret-view.ts'

export const keyvaultSecretShowDeleted = defineSecretCommand({
  path: 'keyvault secret show-deleted',
  summary: 'Show a deleted secret, without its value.',
  method: 'GET',
  pathOf: deletedSecretPath,
  show: viewDeletedSecret,
})
