import type { CommandOption } from './command.ts'
import { groupOption, nameOption } from './named-options.ts'

/** The identity whose federated credentials a command is about. */
export const identityNameOption: CommandOption = {
  name: '--identity-name',
  required: true,
  summary: 'Name of the user-assigned identity.',
}

/** How commands name one federated credential. */
export const federatedCredentialOptions: readonly CommandOption[] = [
  nameOption('Name of the federated credential.'),
  identityNameOption,
  groupOption,
]

/** Whose tokens count. */
export const federatedSettingOptions: readonly CommandOption[] = [
  { name: '--issuer', summary: 'Issuer of the tokens: an https address, exact.' },
  { name: '--subject', summary: 'Subject of the tokens, exact.' },
  { name: '--audiences', takes: 'list', summary: 'Audience of the tokens (default api://AzureADTokenExchange).' },
]
