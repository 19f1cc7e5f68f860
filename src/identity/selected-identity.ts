import type { WorkloadSession } from '#authentication/workload-session.ts'
import { ServiceError } from '#base/errors.ts'

/** Every spelling of "which identity" that clients send, and what it is compared with. Wire: cannot change. */
const selectors: Readonly<Record<string, (session: WorkloadSession) => string | undefined>> = {
  client_id: ({ clientId }) => clientId,
  clientid: ({ clientId }) => clientId,
  principal_id: ({ principal }) => principal,
  object_id: ({ principal }) => principal,
  mi_res_id: ({ resourceId }) => resourceId,
  msi_res_id: ({ resourceId }) => resourceId,
  resource_id: ({ resourceId }) => resourceId,
}

/**
 * Sees to it that the identity a client asks for is the one its session has; no selector means that one.
 * Throws `malformed` / `invalid_request` for more than one selector, or for another identity.
 */
export function requireOwnIdentity(session: WorkloadSession, query: ReadonlyMap<string, string>): void {
  const given = Object.entries(selectors).flatMap(([name, own]) => {
    const value = query.get(name)
    return value === undefined || value === '' ? [] : [{ name, value, own: own(session) }]
  })
  const [selector] = given
  if (given.length > 1) {
    const names = given.map(({ name }) => `'${name}'`).join(', ')
    throw new ServiceError('malformed', 'invalid_request', `Only one of ${names} may be given.`)
  }
  if (selector === undefined || isSame(selector.value, selector.own)) return
  throw new ServiceError(
    'malformed',
    'invalid_request',
    `Unable to load the proper Managed Identity. The '${selector.name}' of the request (AZURE_CLIENT_ID in the environment, or what the code passes) is not the identity of this workload. Identity not found`,
  )
}

function isSame(given: string, own: string | undefined): boolean {
  return own !== undefined && given.toLowerCase().replace(/\/$/, '') === own.toLowerCase()
}
