import type { WorkloadSession } from '#authentication/workload-session.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid, PrincipalId } from '#base/ids.ts'
import { findPrincipal, findPrincipals, type Principal } from '#directory/principal-store.ts'
import type { Reader } from '#storage/database.ts'
import { type IdentitySelector, selectIdentity } from './selected-identity.ts'

/** The managed identities of a workload, by the object ids of their service principals. */
export interface AttachedIdentities {
  readonly systemAssigned: PrincipalId | undefined
  readonly userAssigned: readonly PrincipalId[]
}

/** What this surface needs of those who keep workloads. */
export interface WorkloadIdentities {
  /**
   * The identities of a workload as they are now. `workload` is an id that, unlike a name, is never used again; undefined when
   * there is no such workload any more.
   */
  find(reader: Reader, workload: Guid): Promise<AttachedIdentities | undefined>
}

/**
 * Whose token a session gets: the operator, or of the identities that its workload has now the one asked for; with no selector
 * the system-assigned one. What is assigned or taken away counts at the next call, whatever the session began with. Throws
 * `malformed` / `invalid_request` when there is none, or when it is disabled.
 */
export async function chooseIdentity(
  workloads: WorkloadIdentities,
  reader: Reader,
  asked: { readonly session: WorkloadSession; readonly selector: IdentitySelector | undefined },
): Promise<Principal> {
  const { session, selector } = asked
  const chosen =
    session.workload === undefined
      ? await chooseOwn(reader, session.principal, selector)
      : await chooseAttached(workloads, reader, { workload: session.workload, selector })
  if (!chosen.enabled) throw notFound()
  return chosen
}

async function chooseOwn(reader: Reader, id: PrincipalId, selector: IdentitySelector | undefined): Promise<Principal> {
  const principal = await findPrincipal(reader, id)
  if (principal === undefined) throw notFound()
  return selector === undefined ? principal : selectIdentity(selector, [principal])
}

async function chooseAttached(
  workloads: WorkloadIdentities,
  reader: Reader,
  asked: { readonly workload: Guid; readonly selector: IdentitySelector | undefined },
): Promise<Principal> {
  const attached = await workloads.find(reader, asked.workload)
  if (attached === undefined) throw notFound()
  const { systemAssigned, userAssigned } = attached
  if (asked.selector !== undefined) {
    const ids = systemAssigned === undefined ? userAssigned : [systemAssigned, ...userAssigned]
    return selectIdentity(asked.selector, await findPrincipals(reader, ids))
  }
  const own = systemAssigned === undefined ? undefined : await findPrincipal(reader, systemAssigned)
  if (own !== undefined) return own
  const remedy =
    userAssigned.length === 0
      ? ''
      : " This workload has no system-assigned identity: name one of its user-assigned identities by 'client_id' (AZURE_CLIENT_ID in the environment)."
  throw notFound(remedy)
}

function notFound(remedy = ''): ServiceError {
  return new ServiceError('malformed', 'invalid_request', `Identity not found${remedy === '' ? '' : `.${remedy}`}`)
}
