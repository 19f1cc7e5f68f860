import { defineSecretList } from '../secret-command.ts'
import { isManaged, tableOfSecrets, viewSecretItem } from '../secret-view.ts'

export const keyvaultSecretList = defineSecretList({
  path: 'keyvault secret list',
  summary: 'List the secrets of a vault, without values.',
  options: [{ name: '--include-managed', takes: 'boolean', summary: 'Also those that certificates keep.' }],
  pathOf: () => '/secrets',
  keeps: (context) => (item) => context.arguments.boolean('include-managed') === true || !isManaged(item),
  show: viewSecretItem,
  table: tableOfSecrets,
})
