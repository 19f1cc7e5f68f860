import { defineSecretList, secretPath } from '../secret-command.ts'
import { viewSecretItem } from '../secret-view.ts'

export const keyvaultSecretListVersions = defineSecretList({
  path: 'keyvault secret list-versions',
  summary: 'List the versions of a secret, without values.',
  ofOneSecret: true,
  pathOf: (secret) => `${secretPath(secret)}/versions`,
  show: viewSecretItem,
})
