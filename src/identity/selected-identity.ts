import { ServiceError } from '#base/errors.ts'
import type { Principal } from '#directory/principal-store.ts'

type Compared = (identity: Pick<Principal, 'id' | 'clientId' | 'resourceId'>) => string | undefined

/** Every spelling of "which identity" that clients send, and what it is compared with. Wire: cannot change. */
const selectors: Readonly<Record<string, Compared>> = {
  client_id: ({ clientId }) => clientId,
  clientid: ({ clientId }) => clientId,
  principal_id: ({ id }) => id,
  object_id: ({ id }) => id,
  mi_res_id: ({ resourceId }) => resourceId,
  msi_res_id: ({ resourceId }) => resourceId,
  resource_id: ({ resourceId }) => resourceId,
}

/** Which of its identities a workload asks for. */
export interface IdentitySelector {
  /** As the client wrote it, `client_id`. */
  readonly name: string
  readonly value: string
}

/** The selector of a request; none means the workload's own identity. Throws `malformed` / `invalid_request` for more than one. */
export function parseSelector(query: ReadonlyMap<string, string>): IdentitySelector | undefined {
  const given = Object.keys(selectors).flatMap((name) => {
    const value = query.get(name)
    return value === undefined || value === '' ? [] : [{ name, value }]
  })
  if (given.length > 1) {
    const names = given.map(({ name }) => `'${name}'`).join(', ')
    throw new ServiceError('malformed', 'invalid_request', `Only one of ${names} may be given.`)
  }
  return given[0]
}

/** The identity that a selector names among those of a workload. Throws `malformed` / `invalid_request` when it is none of them. */
export function selectIdentity(selector: IdentitySelector, identities: readonly Principal[]): Principal {
  const compared = selectors[selector.name]
  const wanted = selector.value.toLowerCase().replace(/\/$/, '')
  const found = identities.find((identity) => compared?.(identity)?.toLowerCase() === wanted)
  if (found !== undefined) return found
  throw new ServiceError(
    'malformed',
    'invalid_request',
    `Unable to load the proper Managed Identity. The '${selector.name}' of the request (AZURE_CLIENT_ID in the environment, or what the code passes) is not the identity of this workload. Identity not found`,
  )
}
