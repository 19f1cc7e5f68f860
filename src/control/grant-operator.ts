import { defineOperation, type Operation } from '#operation/operation.ts'
import type { ControlDependencies } from './dependencies.ts'

/** Recovery: makes the operator Owner of the subscription again. `POST /operatorGrant` answers 200. */
export function createGrantOperator(dependencies: ControlDependencies): Operation {
  const { operator } = dependencies
  return defineOperation<undefined, undefined, string>({
    id: 'operatorGrant',
    method: 'POST',
    path: '/operatorGrant',
    since: '',
    access: 'write',
    moves: 'generation',
    open: 'local-control',
    parse: () => undefined,
    handle: (context) => dependencies.grantOwner(context.transaction),
    respond: (assignmentId) => ({
      status: 200,
      body: JSON.stringify({ roleAssignmentId: assignmentId, principalId: operator.principalId }),
    }),
    audit: {
      operationName: 'OperatorGrant',
      view: (_input, _request, assignmentId) => ({
        requestUri: '/operatorGrant',
        properties: {
          principal: operator.principalId,
          ...(assignmentId === undefined ? {} : { roleAssignmentId: assignmentId }),
        },
      }),
    },
  })
}
