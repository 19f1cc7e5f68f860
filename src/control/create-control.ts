/**
 * control: what is done over the local control socket: sessions of `run` and `shell`, first credentials, and the operator's
 * recovery. Who may is decided by the file system: the socket is mode 0600 in a directory of mode 0700, so its clients are
 * the server's own OS user or root (Node cannot ask the system who is at the other end). Never listens on TCP, and decides
 * nothing about what a session's principal may do.
 */
import type { Guid } from '#base/ids.ts'
import type { Surface } from '#operation/operation.ts'
import { createCreateServicePrincipal } from './create-service-principal.ts'
import type { ControlDependencies } from './dependencies.ts'
import { controlDialect } from './dialect.ts'
import { createEndSession } from './end-session.ts'
import type { FormerProxy } from './former-proxy.ts'
import { createGetStatus } from './get-status.ts'
import { createGrantOperator } from './grant-operator.ts'
import { createListSessions } from './list-sessions.ts'
import { RunningSessions } from './running-sessions.ts'
import { createStartSession } from './start-session.ts'

export interface Control {
  readonly surface: Surface
  /** Removes folders that a killed server left behind. Call it before the server listens. */
  start(): Promise<void>
  /** Ends every session and removes its folder. Call it when the server stops. */
  close(): Promise<void>
  /** The proxy settings that a live session's caller had before ours. */
  upstreamOf(session: Guid): FormerProxy | undefined
}

const maximumBodyBytes = 32 * 1024

/** Composes the control surface. Starts nothing by itself. */
export function createControl(dependencies: ControlDependencies): Control {
  const running = new RunningSessions(dependencies)
  const surface: Surface = {
    name: 'control',
    operations: [
      createStartSession(dependencies, running),
      createEndSession(running),
      createListSessions(dependencies),
      createCreateServicePrincipal(dependencies),
      createGrantOperator(dependencies),
      createGetStatus(dependencies),
      ...dependencies.operations,
    ],
    maximumBodyBytes,
    apiVersions: 'none',
    dialect: controlDialect,
  }
  return {
    surface,
    start: () => running.clearLeftovers(),
    close: () => running.endAll(),
    upstreamOf: (session) => running.formerProxyOf(session),
  }
}
