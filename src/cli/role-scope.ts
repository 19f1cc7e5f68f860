import type { ServerClient } from './client/server-client.ts'
import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'

/** The scope of commands on roles. */
export const scopeOptions: readonly CommandOption[] = [
  { name: '--scope', summary: 'The scope: a subscription, a resource group, a vault, or one secret of it.' },
  { name: '--resource-group', aliases: ['-g'], summary: 'A resource group as the scope.' },
]

/** The scope that the options name; without any, the subscription. Throws `CommandError` (1) for two scopes and for none. */
export function scopeOf(server: ServerClient, given: CommandArguments): string {
  for (const name of ['scope', 'resource-group', 'role', 'assignee'])
    if (given.text(name) === '')
      throw new CommandError(
        `usage error: --${name} can't be an empty string. Either omit it or provide a non-empty string.`,
        1,
      )
  const scope = given.text('scope')
  const group = given.text('resource-group')
  const subscription = `/subscriptions/${server.server.subscriptionId}`
  if (scope === undefined) return group === undefined ? subscription : `${subscription}/resourceGroups/${group}`
  if (group !== undefined) throw new CommandError(`Resource group "${group}" is redundant because scope is supplied`, 1)
  return scope
}
