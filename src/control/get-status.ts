import type { JsonObject } from '#base/json.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { ControlDependencies } from './dependencies.ts'

/** What is known of the running server: `GET /status`. */
export function createGetStatus(dependencies: ControlDependencies): Operation {
  return defineOperation<undefined, undefined, JsonObject>({
    id: 'getStatus',
    method: 'GET',
    path: '/status',
    since: '',
    access: 'read',
    open: 'local-control',
    parse: () => undefined,
    handle: async () => ({ ...dependencies.describeServer(), sessions: dependencies.sessions.list().length }),
    respond: (status) => ({ status: 200, body: JSON.stringify(status) }),
    audit: { operationName: 'StatusGet', view: () => ({ requestUri: '/status' }) },
  })
}
