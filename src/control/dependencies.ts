import type { WorkloadSessions } from '#authentication/workload-session.ts'
import type { Clock } from '#base/clock.ts'
import type { ClientId, Guid, PrincipalId, SubscriptionId, TenantId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { Logger } from '#base/log.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { PreparedClientSecret } from '#directory/client-secret-store.ts'
import type { Operation, RequestFacts } from '#operation/operation.ts'
import type { Reader, Writer } from '#storage/database.ts'

/** An app that a command can be run as. */
export interface RunnableApp {
  /** Unlike the name it is never used again. */
  readonly id: Guid
  readonly name: string
  readonly resourceGroup: string
  /** `/subscriptions/…/providers/Microsoft.App/containerApps/NAME`. */
  readonly resourceId: string
  /** The system-assigned identity, else the first user-assigned one; undefined when the app has none. */
  readonly identity: { readonly principalId: PrincipalId; readonly clientId: ClientId } | undefined
  /** The revision that the variables are of. */
  readonly revisionName: string
  /** The app's environment variables, but for those whose values are secrets. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of variables, and of the secrets whose values they get. */
  readonly secretVariables: Readonly<Record<string, string>>
}

/** The values of an app's secret variables at one of its revisions. */
export interface SecretVariables {
  readonly revisionName: string
  readonly values: ReadonlyMap<string, SecretValue>
}

/** The operator: a user, Owner of the subscription and nothing more. */
export interface Operator {
  readonly principalId: PrincipalId
  /** The application id that its tokens name as their client. */
  readonly clientId: ClientId
  readonly userPrincipalName: string
}

/** A new application with its first secret; `clientSecret` is shown once and kept nowhere. */
export interface NewApplication {
  readonly clientId: ClientId
  readonly principalId: PrincipalId
  readonly displayName: string
  readonly clientSecret: string
  readonly expiresAt: Date
}

/** What `control` needs of others; app passes it in. */
export interface ControlDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly tenantId: TenantId
  readonly subscriptionId: SubscriptionId
  readonly sessions: WorkloadSessions
  readonly operator: Operator
  /** Throws `not-found` or `conflict` when there is no such app or more than one. */
  findApp(reader: Reader, name: string, resourceGroup: string | undefined): Promise<RunnableApp>
  /**
   * Reads the values of an app's secret variables, as the identities that its references name; each read is decided and
   * recorded. Call it outside transactions. Throws `conflict` with one sentence for each secret that gave no value.
   */
  readSecretVariables(request: {
    readonly tenant: TenantId
    readonly name: string
    readonly resourceGroup: string | undefined
    readonly facts: RequestFacts
  }): Promise<SecretVariables>
  readonly applications: {
    /** Slow: hashes a new secret. Runs before the transaction. */
    prepareSecret(): Promise<PreparedClientSecret>
    create(writer: Writer, displayName: string, secret: PreparedClientSecret): Promise<NewApplication>
  }
  /** Makes the operator Owner of the subscription again; gives the assignment's id, the old one's when it was still there. */
  grantOwner(writer: Writer): Promise<string>
  /** What is known of the running server: version, addresses, keys of verification; nothing secret. */
  describeServer(): JsonObject
  /** Ports of the loopback listeners; known once the server listens. */
  ports(): { readonly httpsPort: number; readonly proxyPort: number; readonly identityPort: number }
  /** The path of a session's managed identity endpoint. */
  identityEndpointPath(session: Guid): string
  /** Operations that others bring to the control socket, such as the rotation of signing keys. */
  readonly operations: readonly Operation[]
  /** Our CA's certificate, PEM. */
  readonly authorityPem: string
  /** Where each session's private folder is made: a directory of this server alone, mode 0700. */
  readonly sessionsDirectory: string
  /** The OS user this server runs as; undefined where the system has none. Only root's server may start sessions for others. */
  readonly osUserId: number | undefined
}
