import type { ServerClient } from './client/server-client.ts'
import { ServiceFailure } from './client/service-answer.ts'
import type { CommandContext } from './command.ts'
import { CommandError } from './command-error.ts'
import { memberAt, textAt } from './json-object.ts'
import { quotedText } from './quoted-text.ts'

export interface Principal {
  readonly objectId: string
  /** Undefined when the directory could not be asked. */
  readonly type: 'User' | 'Group' | 'ServicePrincipal' | undefined
}

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const types: Readonly<Record<string, Principal['type']>> = {
  '#microsoft.graph.user': 'User',
  '#microsoft.graph.group': 'Group',
  '#microsoft.graph.servicePrincipal': 'ServicePrincipal',
}
const stubsPerRequest = 1000

export function isGuid(text: string): boolean {
  return guidPattern.test(text)
}

/**
 * The principal that `--assignee` names: a sign-in name, an application id or an object id, asked for as az asks. Throws
 * `CommandError` (1) when the directory knows none.
 */
export async function resolveAssignee(context: CommandContext, assignee: string): Promise<Principal> {
  const server = await context.server()
  try {
    const found = await findPrincipal(server, assignee)
    if (found !== undefined) return found
  } catch (failure) {
    if (!(failure instanceof ServiceFailure) || !isGuid(assignee)) throw failure
    context.warn(`The directory could not be asked. Assuming ${assignee} as an object ID.`)
    return { objectId: assignee, type: undefined }
  }
  throw new CommandError(
    `Cannot find user or service principal in graph database for '${assignee}'. If the assignee is an appId, make sure the corresponding service principal is created.`,
    1,
  )
}

/** The type of a principal given by object id; undefined when the directory does not know it or cannot be asked. */
export async function typeOfPrincipal(server: ServerClient, objectId: string): Promise<Principal['type']> {
  try {
    const [stub] = await readStubs(server, [objectId])
    return types[textAt(stub, '@odata.type')]
  } catch (failure) {
    if (failure instanceof ServiceFailure) return undefined
    throw failure
  }
}

/** How az names principals, by object id; undefined when the directory cannot be asked. */
export async function namesOfPrincipals(
  server: ServerClient,
  objectIds: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const stubs = await readStubs(server, [...new Set(objectIds)])
    return new Map(stubs.map((stub) => [textAt(stub, 'id'), displayNameOf(stub)]))
  } catch (failure) {
    if (failure instanceof ServiceFailure) return undefined
    throw failure
  }
}

/** The object id of the user with that sign-in name; undefined for nobody. */
export function findUserId(server: ServerClient, userPrincipalName: string): Promise<string | undefined> {
  return firstId(server, '/v1.0/users', `userPrincipalName eq ${quotedText(userPrincipalName)}`)
}

/** The object id of the service principal with that application id or other name of its own; undefined for nobody. */
export function findServicePrincipalId(server: ServerClient, name: string): Promise<string | undefined> {
  return firstId(server, '/v1.0/servicePrincipals', `servicePrincipalNames/any(c:c eq ${quotedText(name)})`)
}

async function findPrincipal(server: ServerClient, assignee: string): Promise<Principal | undefined> {
  if (assignee.includes('@')) {
    const id = await findUserId(server, assignee)
    if (id !== undefined) return { objectId: id, type: 'User' }
  }
  const id = await findServicePrincipalId(server, assignee)
  if (id !== undefined) return { objectId: id, type: 'ServicePrincipal' }
  if (!isGuid(assignee)) return undefined
  const [stub] = await readStubs(server, [assignee])
  return stub === undefined ? undefined : { objectId: textAt(stub, 'id'), type: types[textAt(stub, '@odata.type')] }
}

async function firstId(server: ServerClient, path: string, filter: string): Promise<string | undefined> {
  const [found] = await server.list('graph', { method: 'GET', path, query: { $filter: filter } })
  return found === undefined ? undefined : textAt(found, 'id')
}

async function readStubs(server: ServerClient, ids: readonly string[]): Promise<readonly unknown[]> {
  const stubs: unknown[] = []
  for (let at = 0; at < ids.length; at += stubsPerRequest) {
    const answer = await server.graph({
      method: 'POST',
      path: '/v1.0/directoryObjects/getByIds',
      body: {
        ids: ids.slice(at, at + stubsPerRequest),
        types: ['user', 'group', 'servicePrincipal', 'directoryObjectPartnerReference'],
      },
    })
    const value = memberAt(answer.body, 'value')
    if (Array.isArray(value)) stubs.push(...value)
  }
  return stubs
}

function displayNameOf(stub: unknown): string {
  const userName = textAt(stub, 'userPrincipalName')
  if (userName !== '') return userName
  const names = memberAt(stub, 'servicePrincipalNames')
  const first: unknown = Array.isArray(names) ? names[0] : undefined
  return typeof first === 'string' ? first : textAt(stub, 'displayName')
}
