import type { ClientId, PrincipalId } from '#base/ids.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Author, ResourceAddress, ResourceQuery, TrackedResource } from './tracked-resource.ts'

/** A user-assigned identity, as whoever assigns it to a resource needs to know it. */
export interface AssignableIdentity {
  /** `/subscriptions/…/resourcegroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`, as it is shown. */
  readonly resourceId: string
  readonly principalId: PrincipalId
  readonly clientId: ClientId
}

/** The user-assigned identities that exist. */
export interface AssignableIdentities {
  /** The identity with this resource id, in any letter case; undefined when there is none. */
  find(reader: Reader, resourceId: string): Promise<AssignableIdentity | undefined>
}

/** A user-assigned identity as a resource. */
export interface IdentityRecord extends TrackedResource, AssignableIdentity {}

interface DesiredIdentity extends Omit<TrackedResource, 'history'> {
  readonly author: Author
}

/** The user-assigned identities that the resource manager creates; `directory/` keeps them with their service principals. */
export interface IdentityResources extends AssignableIdentities {
  findAt(reader: Reader, address: ResourceAddress): Promise<IdentityRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly IdentityRecord[]>
  /** Creates with a new service principal, or replaces the tags. The write must move the generation. */
  save(
    writer: Writer,
    desired: DesiredIdentity,
  ): Promise<{ readonly created: boolean; readonly identity: IdentityRecord }>
  /**
   * Deletes it with its service principal and credentials; false when there was none. Its tokens end: the write must move
   * generation and epoch.
   */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}
