import type { ServerClient } from './client/server-client.ts'
import type { CommandArguments } from './command.ts'
import { CommandError } from './command-error.ts'
import { identityId } from './container-app-kind.ts'
import { type JsonRecord, recordAt, textAt } from './json-object.ts'

/** The identity of an app, with the system's or with user-assigned ones added. */
export function withIdentities(server: ServerClient, given: CommandArguments, former: JsonRecord): JsonRecord {
  const named = (given.list('user-assigned') ?? []).map((name) => identityId(server, given, name.toLowerCase()))
  const users = recordAt(former, 'userAssignedIdentities')
  for (const id of named)
    if (!Object.keys(users).some((other) => other.toLowerCase() === id.toLowerCase())) users[id] = {}
  const hasSystem = given.flag('system-assigned') || textAt(former, 'type').includes('SystemAssigned')
  return identityOf(hasSystem, users)
}

/** The identity of an app without those that the options name. Throws `CommandError` (2) for one that it does not have. */
export function withoutIdentities(server: ServerClient, given: CommandArguments, former: JsonRecord): JsonRecord {
  const type = textAt(former, 'type') || 'None'
  const app = given.required('name')
  if (type === 'None') throw new CommandError(`The containerapp ${app} has no system or user assigned identities.`, 2)
  const removesSystem = given.flag('system-assigned')
  if (removesSystem && !type.includes('SystemAssigned'))
    throw new CommandError(`The containerapp ${app} has no system assigned identities.`, 2)
  const removed = given.list('user-assigned')
  const users = removed?.length === 0 ? {} : recordAt(former, 'userAssignedIdentities')
  for (const name of new Set(removed ?? [])) {
    const id = identityId(server, given, name).toLowerCase()
    const key = Object.keys(users).find((other) => other.toLowerCase() === id)
    if (key === undefined)
      throw new CommandError(
        `The containerapp does not have specified user identity '${name}' assigned, so it cannot be removed.`,
        2,
      )
    delete users[key]
  }
  return identityOf(type.includes('SystemAssigned') && !removesSystem, users)
}

function identityOf(hasSystem: boolean, users: JsonRecord): JsonRecord {
  const hasUsers = Object.keys(users).length > 0
  if (!hasUsers) return { type: hasSystem ? 'SystemAssigned' : 'None' }
  return { type: hasSystem ? 'SystemAssigned,UserAssigned' : 'UserAssigned', userAssignedIdentities: users }
}
