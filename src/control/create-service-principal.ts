import type { PreparedClientSecret } from '#directory/client-secret-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { ControlDependencies, NewApplication } from './dependencies.ts'
import { type CreateServicePrincipalBody, parseCreateServicePrincipalBody } from './wire.ts'

/**
 * Makes an application, its service principal and a client secret that this answer alone shows:
 * `POST /servicePrincipals` answers 201. The new principal may do nothing until it is given a role.
 */
export function createCreateServicePrincipal({ applications, tenantId }: ControlDependencies): Operation {
  return defineOperation<CreateServicePrincipalBody, PreparedClientSecret, NewApplication>({
    id: 'createServicePrincipal',
    method: 'POST',
    path: '/servicePrincipals',
    since: '',
    access: 'write',
    moves: 'generation',
    open: 'local-control',
    parse: (request) => parseCreateServicePrincipalBody(request.body),
    prepare: () => applications.prepareSecret(),
    handle: (context, { displayName }, secret) => applications.create(context.transaction, displayName, secret),
    respond: (made) => ({
      status: 201,
      body: JSON.stringify({
        appId: made.clientId,
        objectId: made.principalId,
        displayName: made.displayName,
        password: made.clientSecret,
        passwordExpiresAt: made.expiresAt.toISOString(),
        tenant: tenantId,
      }),
    }),
    audit: {
      operationName: 'ServicePrincipalCreate',
      view: (_input, _request, made) => ({
        requestUri: '/servicePrincipals',
        properties: made === undefined ? {} : { appId: made.clientId, principal: made.principalId },
      }),
    },
  })
}
