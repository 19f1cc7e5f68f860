import type { WorkloadSession } from '#authentication/workload-session.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { ControlDependencies } from './dependencies.ts'

/** The live sessions, without their credentials: `GET /sessions`. */
export function createListSessions({ sessions }: ControlDependencies): Operation {
  return defineOperation<undefined, undefined, readonly WorkloadSession[]>({
    id: 'listSessions',
    method: 'GET',
    path: '/sessions',
    since: '',
    access: 'read',
    open: 'local-control',
    parse: () => undefined,
    handle: async () => sessions.list(),
    respond: (list) => ({ status: 200, body: JSON.stringify({ value: list.map(sessionSummary) }) }),
    audit: {
      operationName: 'SessionList',
      view: (_input, _request, list) => ({
        requestUri: '/sessions',
        properties: list === undefined ? {} : { count: list.length },
      }),
    },
  })
}

function sessionSummary(session: WorkloadSession): object {
  return {
    id: session.id,
    kind: session.kind,
    displayName: session.displayName,
    principalId: session.principal,
    attached: session.attached,
    osUserId: session.osUserId,
    startedAt: session.startedAt.toISOString(),
    ...(session.expiresAt === undefined ? {} : { expiresAt: session.expiresAt.toISOString() }),
  }
}
