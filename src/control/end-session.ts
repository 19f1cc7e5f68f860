import { ServiceError } from '#base/errors.ts'
import { type Guid, parseGuid } from '#base/ids.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { RunningSessions } from './running-sessions.ts'

/** Ends a session now: `DELETE /sessions/ID` answers 204, or 404 `SessionNotFound`. */
export function createEndSession(running: RunningSessions): Operation {
  return defineOperation<Guid, undefined, undefined>({
    id: 'endSession',
    method: 'DELETE',
    path: '/sessions/{session}',
    since: '',
    access: 'read',
    open: 'local-control',
    parse: (request) => parseGuid(request.path['session'], 'session'),
    async handle(_context, id) {
      if (await running.end(id)) return undefined
      throw new ServiceError('not-found', 'SessionNotFound', `There is no session '${id}'.`)
    },
    respond: () => ({ status: 204 }),
    audit: {
      operationName: 'SessionEnd',
      view: (id) => ({ requestUri: `/sessions/${id}`, properties: { session: id } }),
    },
  })
}
