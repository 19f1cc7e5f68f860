import { defineSecretCommand, secretVersionPath } from '../secret-command.ts'
import { secretVersionOption } from '../secret-location.ts'
import { viewSecret } from '../secret-view.ts'

export const keyvaultSecretShow = defineSecretCommand({
  path: 'keyvault secret show',
  summary: 'Show a secret with its value: the newest version, or one version.',
  options: [secretVersionOption],
  method: 'GET',
  pathOf: secretVersionPath,
  show: viewSecret,
})
