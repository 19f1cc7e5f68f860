import type { Guid, PrincipalId, TenantId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { Author, ResourceAddress, ResourceQuery, TrackedResource } from './tracked-resource.ts'

export interface EnvironmentRecord extends TrackedResource {
  /** The stored document: `defaultDomain` and what the owner chose, without read-only members. */
  readonly properties: JsonObject
}

interface DesiredEnvironment extends Omit<TrackedResource, 'history'> {
  readonly properties: JsonObject
  readonly author: Author
}

/** Managed environments; `containerapps/` keeps them. */
export interface EnvironmentResources {
  find(reader: Reader, address: ResourceAddress): Promise<EnvironmentRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly EnvironmentRecord[]>
  /** Creates or replaces. The default domain is given at creation and stays. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredEnvironment,
  ): Promise<{ readonly created: boolean; readonly environment: EnvironmentRecord }>
  /** Deletes the environment alone; false when there was none. Ask `apps.listIn` first: its apps are left behind. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** A user-assigned identity of an app. Another identity that comes later under the same id is not the app's. */
export interface AssignedIdentity {
  readonly resourceId: string
  readonly principalId: PrincipalId
}

export interface ContainerAppRecord extends TrackedResource {
  /** Unlike the name it is never used again. */
  readonly id: Guid
  /** The system-assigned identity, or undefined. */
  readonly identity: { readonly principalId: PrincipalId; readonly tenantId: TenantId } | undefined
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  /**
   * The stored document: `environmentId`, `workloadProfileName`, `configuration`, `template`; no nulls.
   * `configuration.secrets` names every secret; no value of one is in here.
   */
  readonly properties: JsonObject
  /** `APP--SUFFIX`; a new one with each change of the template. */
  readonly revisionName: string
}

interface DesiredContainerApp extends Omit<TrackedResource, 'history'> {
  readonly systemAssignedIdentity: boolean
  readonly userAssignedIdentities: readonly AssignedIdentity[]
  readonly properties: JsonObject
  /** New values of inline secrets by name. Those of `properties.configuration.secrets` that are not in here keep theirs. */
  readonly secretValues: ReadonlyMap<string, SecretValue>
  readonly author: Author
}

/** Container apps as desired state; `containerapps/` keeps them. */
export interface ContainerAppResources {
  find(reader: Reader, address: ResourceAddress): Promise<ContainerAppRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly ContainerAppRecord[]>
  /** Apps in the environment with this ARM id, in any letter case; only those of one name, if given. */
  listIn(
    reader: Reader,
    environmentId: string,
    query: { readonly name?: string; readonly limit: number },
  ): Promise<readonly ContainerAppRecord[]>
  /**
   * Creates or replaces. In the same transaction the system-assigned identity's service principal is made or deleted, so
   * the caller's write must move the generation; new secret values are sealed, and a changed template becomes a revision.
   * Throws `conflict` for a revision suffix that is in use.
   */
  save(
    writer: Writer,
    desired: DesiredContainerApp,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly app: ContainerAppRecord }>
  /** Deletes the app with its system-assigned identity, revisions and secrets; false when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}

/** A revision: the template that an app had, for as long as it is kept. */
export interface RevisionRecord {
  /** `APP--SUFFIX`. */
  readonly name: string
  /** From 1, in the order of creation. */
  readonly ordinal: number
  readonly template: JsonObject
  readonly active: boolean
  readonly createdAt: Date
}

/** The revisions of an app, by the app's id. */
export interface RevisionResources {
  /** Newest first; those older than `before`, if given. */
  list(
    reader: Reader,
    app: Guid,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly RevisionRecord[]>
  /** Any letter case. */
  find(reader: Reader, app: Guid, name: string): Promise<RevisionRecord | undefined>
  /** Newest first. */
  listActive(reader: Reader, app: Guid): Promise<readonly RevisionRecord[]>
  /** False when there is no such revision. */
  setActive(writer: Writer, app: Guid, name: string, active: boolean): Promise<boolean>
}

/** The values of inline secrets, by the app's id. */
export interface AppSecretResources {
  /** By name. */
  openAll(reader: Reader, app: Guid, sealer: DomainSealer): Promise<ReadonlyMap<string, SecretValue>>
}

/** A Log Analytics workspace, which environments are pointed at. It holds no logs. */
export interface WorkspaceRecord extends TrackedResource {
  /** The workspace id; given at creation and never used again. */
  readonly customerId: Guid
  /** The stored document: what the owner chose. */
  readonly properties: JsonObject
}

interface DesiredWorkspace extends Omit<TrackedResource, 'history'> {
  readonly properties: JsonObject
  readonly author: Author
}

/** Log Analytics workspaces; `containerapps/` keeps them. */
export interface WorkspaceResources {
  find(reader: Reader, address: ResourceAddress): Promise<WorkspaceRecord | undefined>
  list(reader: Reader, query: ResourceQuery): Promise<readonly WorkspaceRecord[]>
  /** Creates or replaces. Keys are made at creation and stay. Throws `conflict` for another location. */
  save(
    writer: Writer,
    desired: DesiredWorkspace,
    sealer: DomainSealer,
  ): Promise<{ readonly created: boolean; readonly workspace: WorkspaceRecord }>
  /** The keys of the workspace at this address, base64; undefined when there is none. */
  keys(
    reader: Reader,
    address: ResourceAddress,
    sealer: DomainSealer,
  ): Promise<{ readonly primary: SecretValue; readonly secondary: SecretValue } | undefined>
  /** False when there was none. */
  delete(writer: Writer, address: ResourceAddress): Promise<boolean>
}
