import type { NewWorkloadSession, WorkloadCredentials, WorkloadSession } from '#authentication/workload-session.ts'
import { ServiceError } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import type { Channel } from '#operation/operation.ts'
import { renderAzureProfile } from './azure-profile.ts'
import type { ControlDependencies } from './dependencies.ts'
import { type FormerProxy, resolveFormerProxy } from './former-proxy.ts'
import { bundleRoots } from './root-certificates.ts'
import { type SessionFolder, SessionFolders } from './session-folders.ts'
import type { StartSessionBody } from './wire.ts'

/** A session that has just begun, with what the command needs to use it. */
export interface StartedSession {
  readonly session: WorkloadSession
  readonly credentials: WorkloadCredentials
  readonly folder: SessionFolder | undefined
}

interface Running {
  readonly formerProxy: FormerProxy
  readonly expiry: NodeJS.Timeout | undefined
  /** It may still be in the making. */
  readonly folder: Promise<SessionFolder> | undefined
}

/** The sessions of this server with what belongs to each: its folder, its caller's former proxy, and when it ends. */
export class RunningSessions {
  readonly #its: ControlDependencies
  readonly #folders: SessionFolders
  readonly #running = new Map<Guid, Running>()

  constructor(dependencies: ControlDependencies) {
    this.#its = dependencies
    this.#folders = new SessionFolders(dependencies.sessionsDirectory)
  }

  async clearLeftovers(): Promise<void> {
    await this.#folders.clear()
  }

  /**
   * Starts a session for `who`. An attached one ends when `channel` closes, also when that happens meanwhile. Throws
   * `malformed` without a channel to attach to, `forbidden` for another OS user than the server's.
   */
  async start(
    who: Pick<NewWorkloadSession, 'kind' | 'principal' | 'clientId' | 'resourceId' | 'workload' | 'displayName'>,
    wish: { readonly body: StartSessionBody; readonly channel: Channel | undefined },
  ): Promise<StartedSession> {
    const { body, channel } = wish
    this.#checkOsUser(body.osUserId)
    if (body.attached && channel === undefined) {
      throw new ServiceError(
        'malformed',
        'NothingToAttachTo',
        'An attached session needs a connection that is held open.',
      )
    }
    const formerProxy = this.#formerProxy(body)
    const { sessions, clock, tenantId } = this.#its
    const expiresAt = body.attached ? undefined : new Date(clock.now().getTime() + body.expiresInSeconds * 1000)
    const { attached, osUserId } = body
    const { session, credentials } = sessions.create({ ...who, tenant: tenantId, osUserId, attached, expiresAt })
    const expiry = attached ? undefined : this.#endLater(session.id, body.expiresInSeconds)
    const folder = body.privateFolder ? this.#createFolder(session, body) : undefined
    this.#running.set(session.id, { formerProxy, expiry, folder })
    try {
      const made = await folder
      if (attached) channel?.onClosed(() => void this.end(session.id))
      return { session, credentials, folder: made }
    } catch (failure) {
      await this.end(session.id)
      throw failure
    }
  }

  /** Ends a session now and removes its folder; false when there was none. Never throws. */
  async end(id: Guid): Promise<boolean> {
    const ended = this.#its.sessions.end(id)
    const running = this.#running.get(id)
    this.#running.delete(id)
    clearTimeout(running?.expiry)
    if (running !== undefined) await this.#removeFolder(id, running.folder)
    return ended
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.end(id)))
  }

  formerProxyOf(id: Guid): FormerProxy | undefined {
    return this.#running.get(id)?.formerProxy
  }

  #checkOsUser(wanted: number): void {
    const { osUserId } = this.#its
    if (osUserId === undefined || osUserId === 0 || osUserId === wanted) return
    throw new ServiceError('forbidden', 'OtherOsUser', 'This server starts sessions for its own OS user only.')
  }

  #formerProxy(body: StartSessionBody): FormerProxy {
    const { sessions } = this.#its
    return resolveFormerProxy(body.formerProxy, {
      proxyPort: this.#its.ports().proxyPort,
      findByProxyCredentials: (user, password) => sessions.findByProxyCredentials(user, password),
      formerProxyOf: (id) => this.formerProxyOf(id),
    })
  }

  #endLater(id: Guid, seconds: number): NodeJS.Timeout {
    return setTimeout(() => void this.end(id), seconds * 1000).unref()
  }

  async #createFolder(session: WorkloadSession, body: StartSessionBody): Promise<SessionFolder> {
    const { authorityPem, tenantId, subscriptionId, operator } = this.#its
    const { userPrincipalName } = operator
    const azureProfile =
      session.kind === 'operator' ? renderAzureProfile({ tenantId, subscriptionId, userPrincipalName }) : undefined
    const rootsPem = await bundleRoots(body.formerRoots, authorityPem)
    return this.#folders.create(session.id, { rootsPem, azureProfile })
  }

  async #removeFolder(id: Guid, folder: Promise<SessionFolder> | undefined): Promise<void> {
    // Removed while it is made, it would be there afterwards, or its making would fail.
    await folder?.catch(() => undefined)
    try {
      await this.#folders.remove(id)
    } catch (cause) {
      const fields = { session: id, cause: cause instanceof Error ? cause : undefined }
      this.#its.logger.warn("A session's folder could not be removed; the next start removes it.", fields)
    }
  }
}
