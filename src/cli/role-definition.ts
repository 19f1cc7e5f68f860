import { existsSync } from 'node:fs'
import { roleDefinitionsApiVersion } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import type { CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { type JsonRecord, jsonOption, memberAt, recordAt, textAt } from './json-object.ts'
import { isGuid } from './principals.ts'
import { underScope } from './resource-paths.ts'
import { listRoleDefinitions } from './role-names.ts'
import { roleDefinitionShape } from './views/resource-shapes.ts'
import { showAs } from './views/shape.ts'

/** `--role-definition` of `create` and `update`. */
export const roleDefinitionOption: CommandOption = {
  name: '--role-definition',
  required: true,
  summary: 'The role as JSON, or a file of it: Name, Description, Actions, DataActions, AssignableScopes, ...',
}

/** A role definition as az prints it: its properties beside its id. */
export function viewRoleDefinition(body: unknown): unknown {
  const { properties, ...rest } = recordAt(body)
  const inner = recordAt({ properties }, 'properties')
  return showAs(roleDefinitionShape, { ...rest, ...inner, roleType: inner['type'], type: rest['type'] })
}

/** The columns of az's table of role definitions. */
export function tableOfRoleDefinitions(result: unknown): unknown {
  if (!Array.isArray(result)) return result
  return result.map((definition: unknown) => ({
    Name: memberAt(definition, 'roleName'),
    Type: memberAt(definition, 'type'),
    Description: memberAt(definition, 'description'),
  }))
}

/** The role definitions at a scope that have this name or GUID, or all of them. */
export async function searchRoleDefinitions(
  server: ServerClient,
  scope: string,
  wanted: { readonly name: string | undefined; readonly customOnly: boolean },
): Promise<readonly Record<string, unknown>[]> {
  const { name, customOnly } = wanted
  const found = await listRoleDefinitions(server, scope, name === undefined || isGuid(name) ? undefined : name)
  return found.filter((definition) => {
    if (customOnly && textAt(definition, 'properties', 'type') !== 'CustomRole') return false
    return (
      name === undefined || textAt(definition, 'name') === name || textAt(definition, 'properties', 'roleName') === name
    )
  })
}

/** The role that `--role-definition` describes, its members in lower case first letters. Throws `CommandError` (1), as az does. */
export function readRoleDefinition(text: string): JsonRecord {
  const given = jsonOption(text, 'role-definition')
  if (existsSync(text) || text.trimStart().startsWith('{'))
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
    )
  throw new CommandError('Invalid role definition. A valid dictionary JSON representation is expected.', 1)
}

/** Writes a custom role at its first scope, and shows it. */
export async function writeRoleDefinition(
  server: ServerClient,
  role: { readonly id: string; readonly name: string; readonly definition: JsonRecord },
): Promise<unknown> {
  const { id, name, definition } = role
  const scopes = memberAt(definition, 'assignableScopes')
  const scope: unknown = Array.isArray(scopes) ? scopes[0] : undefined
  if (typeof scope !== 'string') throw new CommandError("please provide 'assignableScopes'", 1)
  const description = definition['description']
  const answer = await server.management({
    method: 'PUT',
    path: underScope(scope, `providers/Microsoft.Authorization/roleDefinitions/${encodeURIComponent(id)}`),
    query: { 'api-version': roleDefinitionsApiVersion },
    body: {
      properties: {
        roleName: name,
        ...(description === undefined ? {} : { description }),
        type: 'CustomRole',
        permissions: permissionsOf(definition),
        assignableScopes: scopes,
      },
    },
  })
  return viewRoleDefinition(answer.body)
}

function permissionsOf(definition: JsonRecord): readonly JsonRecord[] {
  const listed = definition['permissions']
  const sources: readonly unknown[] = Array.isArray(listed) ? listed : [definition]
  return sources.map((source) =>
    Object.fromEntries(
      ['actions', 'notActions', 'dataActions', 'notDataActions'].flatMap((name) => {
        const value = memberAt(source, name)
        return value === undefined || value === null ? [] : [[name, value] as const]
      }),
    ),
  )
}
