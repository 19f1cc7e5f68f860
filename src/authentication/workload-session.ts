import type { ClientId, Guid, PrincipalId, TenantId } from '#base/ids.ts'

/**
 * A running command that may speak as a principal: the app's managed identity for `run` and `session start`, the operator
 * for `shell`. Sessions live in memory: they are worth nothing after their end or a server stop.
 */
export interface WorkloadSession {
  readonly id: Guid
  readonly kind: 'workload' | 'operator'
  readonly tenant: TenantId
  /** Whose tokens it gets, or did when it began: the app's identity, or the operator. */
  readonly principal: PrincipalId
  readonly clientId: ClientId
  /** ARM id of the hosting resource; undefined for the operator. Becomes `xms_mirid`. */
  readonly resourceId: string | undefined
  /**
   * The app it runs as, by an id that is never used again; undefined for the operator. Which identities the app has is asked
   * at each use.
   */
  readonly workload?: Guid | undefined
  readonly displayName: string
  /** The OS user (uid) that a caller of the identity endpoint must run as. */
  readonly osUserId: number
  /** Attached sessions end with their control connection; detached ones at `expiresAt`. */
  readonly attached: boolean
  readonly expiresAt: Date | undefined
  readonly startedAt: Date
}

export interface NewWorkloadSession extends Omit<WorkloadSession, 'id' | 'startedAt'> {}

/** The two credentials of a session, given out once and kept here as hashes only. */
export interface WorkloadCredentials {
  /** `IDENTITY_HEADER`: 256 random bits, hexadecimal. */
  readonly identityHeader: string
  /** User name and password of the session's proxy credentials. */
  readonly proxyUser: string
  readonly proxyPassword: string
}

export interface WorkloadSessions {
  create(session: NewWorkloadSession): { readonly session: WorkloadSession; readonly credentials: WorkloadCredentials }
  /** The live session with this identity header; expiry is checked here, at use. Constant time in the header. */
  findByIdentityHeader(header: string): WorkloadSession | undefined
  /** The live session with these proxy credentials. */
  findByProxyCredentials(user: string, password: string): WorkloadSession | undefined
  find(id: Guid): WorkloadSession | undefined
  /** Ends it now; its header and proxy credentials are worth nothing from here on. */
  end(id: Guid): boolean
  list(): readonly WorkloadSession[]
}
