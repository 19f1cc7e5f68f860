import { defineSecretList } from '../secret-command.ts'
import { viewDeletedSecretItem } from '../secret-view.ts'

export const keyvaultSecretListDeleted = defineSecretList({
  path: 'keyvault secret list-deleted',
  summary: 'List the deleted secrets of a vault, without values.',
  pathOf: () => '/deletedsecrets',
  show: viewDeletedSecretItem,
})
