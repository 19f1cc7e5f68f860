import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'

const usage = 'incorrect usage: --id ID | --vault-name/--hsm-name VAULT/HSM --name/-n NAME [--version VERSION]'

export const secretLocationOptions: readonly CommandOption[] = [
  { name: '--vault-name', summary: 'Name of the vault. Required unless --id is given.' },
  { name: '--name', aliases: ['-n'], summary: 'Name of the secret. Required unless --id is given.' },
  { name: '--id', summary: 'Id of the secret: https://VAULT.vault.azure.net/secrets/NAME[/VERSION].' },
]

export const secretVersionOption: CommandOption = {
  name: '--version',
  aliases: ['-v'],
  summary: 'The version (default: the newest).',
}

/** The vault whose secrets a command lists, by name or by the vault's address. */
export const vaultLocationOptions: readonly CommandOption[] = [
  { name: '--vault-name', summary: 'Name of the vault. Required unless --id is given.' },
  { name: '--id', summary: 'Address of the vault: https://VAULT.vault.azure.net.' },
  { name: '--maxresults', summary: 'How many to show at most.' },
]

export interface SecretLocation {
  readonly vault: string
  readonly name: string
  /** '' for the newest. */
  readonly version: string
}

/**
 * Which secret the options name: by vault and name, by id, or by recovery id (`…/deletedsecrets/NAME`). Throws `CommandError`
 * (1), as az does.
 */
export function locateSecret(given: CommandArguments): SecretLocation {
  const id = given.text('id')
  if (id === undefined) {
    const vault = given.text('vault-name')
    const name = given.text('name')
    if (vault === undefined || name === undefined) throw new CommandError(usage, 1)
    return { vault, name, version: given.text('version') ?? '' }
  }
  if (given.text('vault-name') !== undefined) throw new CommandError('--vault-name and --id are mutually exclusive.', 1)
  if (given.text('name') !== undefined) throw new CommandError('--name and --id are mutually exclusive.', 1)
  const url = URL.canParse(id) ? new URL(id) : undefined
  const [, kind, name, version = ''] = url?.pathname.split('/') ?? []
  const vault = vaultOf(url)
  if ((kind !== 'secrets' && kind !== 'deletedsecrets') || name === undefined || name === '' || vault === '')
    throw new CommandError('--id is not the id of a secret.', 1)
  return { vault, name, version: given.text('version') ?? version }
}

/** The name of the vault that the options name. Throws `CommandError` (1), as az does. */
export function locateVault(given: CommandArguments): string {
  const id = given.text('id')
  const named = given.text('vault-name')
  if (id !== undefined && named !== undefined)
    throw new CommandError('--vault-name and --id are mutually exclusive.', 1)
  if (named !== undefined) return named
  if (id === undefined) throw new CommandError('Please specify --vault-name or --hsm-name.', 1)
  const vault = vaultOf(URL.canParse(id) ? new URL(id) : undefined)
  if (vault === '') throw new CommandError('Invalid id for Vault or HSM.', 1)
  return vault
}

function vaultOf(url: URL | undefined): string {
  return url?.hostname.split('.')[0] ?? ''
}
