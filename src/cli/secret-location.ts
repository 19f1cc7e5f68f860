import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'

export const secretLocationOptions: readonly CommandOption[] = [
  { name: '--vault-name', summary: 'Name of the vault. Required unless --id is given.' },
  { name: '--name', aliases: ['-n'], summary: 'Name of the secret. Required unless --id is given.' },
  { name: '--id', summary: 'Id of the secret: https://VAULT.vault.azure.net/secrets/NAME[/VERSION].' },
]

export interface SecretLocation {
  readonly vault: string
  readonly name: string
  /** '' for the newest. */
  readonly version: string
}

/** Which secret the options name, by vault and name or by id. */
export function locateSecret(given: CommandArguments): SecretLocation {
  const id = given.text('id')
  if (id === undefined)
    return { vault: given.required('vault-name'), name: given.required('name'), version: given.text('version') ?? '' }
  if (given.text('vault-name') !== undefined || given.text('name') !== undefined)
    throw new CommandError('Give either --id, or --vault-name and --name.', 2)
  const url = URL.canParse(id) ? new URL(id) : undefined
  const [, kind, name, version = ''] = url?.pathname.split('/') ?? []
  const vault = url?.hostname.split('.')[0]
  if (kind !== 'secrets' || name === undefined || name === '' || vault === undefined || vault === '')
    throw new CommandError('--id is not the id of a secret.', 2)
  return { vault, name, version: given.text('version') ?? version }
}
