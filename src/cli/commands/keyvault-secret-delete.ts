import { defineSecretCommand, secretPath } from '../secret-command.ts'
import { viewDeletedSecret } from '../secret-view.ts'

export const keyvaultSecretDelete = defineSecretCommand({
  path: 'keyvault secret delete',
  summary: 'Delete a secret with all its versions. It can be recovered until its retention ends.',
  method: 'DELETE',
  pathOf: secretPath,
  warning: 'The name of the secret is free again once the deleted secret was purged.',
  show: viewDeletedSecret,
})
