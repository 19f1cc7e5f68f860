import { ServiceError } from '#base/errors.ts'
import type { SecretValue } from '#base/secret-value.ts'
import { type Channel, defineOperation, type Operation } from '#operation/operation.ts'
import type { ControlDependencies, RunnableApp, SecretVariables } from './dependencies.ts'
import type { RunningSessions, StartedSession } from './running-sessions.ts'
import { parseStartSessionBody, type SessionWire, type StartSessionBody } from './wire.ts'

interface Input {
  readonly body: StartSessionBody
  readonly channel: Channel | undefined
}

interface Output extends StartedSession {
  readonly variables: Readonly<Record<string, string>>
  readonly secrets: ReadonlyMap<string, SecretValue>
  /** Names of the secret variables whose values were not asked for. */
  readonly withheldSecrets: readonly string[]
}

/**
 * Starts a session of an app's identity or of the operator. `POST /sessions`, body and answer as in `wire.ts`. An attached
 * session ends when the connection that asked for it closes. Where secret variables are asked for, each is read before the
 * session starts, and one that gives no value stops it.
 */
export function createStartSession(dependencies: ControlDependencies, running: RunningSessions): Operation {
  return defineOperation<Input, SecretVariables | undefined, Output>({
    id: 'startSession',
    method: 'POST',
    path: '/sessions',
    since: '',
    access: 'read',
    open: 'local-control',
    parse: (request) => ({ body: parseStartSessionBody(request.body), channel: request.channel }),
    async prepare({ tenant, request }, { body }) {
      if (body.kind === 'operator' || !body.secretVariables) return undefined
      const { name, resourceGroup } = body.app
      return dependencies.readSecretVariables({ tenant, name, resourceGroup, facts: request.facts })
    },
    async handle({ transaction }, input, read) {
      const { body } = input
      if (body.kind === 'operator') {
        const started = await running.start(operatorOf(dependencies), input)
        return { ...started, variables: {}, secrets: new Map(), withheldSecrets: [] }
      }
      const app = await dependencies.findApp(transaction, body.app.name, body.app.resourceGroup)
      if (read !== undefined && read.revisionName !== app.revisionName) throw appChanged(app)
      return {
        ...(await running.start(identityOf(app), input)),
        variables: app.environment,
        secrets: read?.values ?? new Map(),
        withheldSecrets: read === undefined ? Object.keys(app.secretVariables) : [],
      }
    },
    // A session that is on no record must not live, though nobody was told of it.
    takeBack: async ({ session }) => void (await running.end(session.id)),
    respond: (output) => ({ status: 201, body: JSON.stringify(sessionWire(dependencies, output)) }),
    audit: {
      operationName: 'SessionStart',
      view: ({ body }, _request, output) => ({
        requestUri: '/sessions',
        properties: {
          kind: body.kind,
          attached: body.attached,
          osUserId: body.osUserId,
          ...(body.kind === 'workload' ? { app: body.app.name, secretVariables: body.secretVariables } : {}),
          ...(output === undefined ? {} : { session: output.session.id, principal: output.session.principal }),
        },
      }),
    },
  })
}

function operatorOf({ operator }: ControlDependencies): Parameters<RunningSessions['start']>[0] {
  return {
    kind: 'operator',
    principal: operator.principalId,
    clientId: operator.clientId,
    resourceId: undefined,
    displayName: operator.userPrincipalName,
  }
}

function identityOf(app: RunnableApp): Parameters<RunningSessions['start']>[0] {
  if (app.identity === undefined) {
    const remedy = `Assign one: strongroom containerapp identity assign -n ${app.name} -g ${app.resourceGroup} --system-assigned`
    throw new ServiceError('conflict', 'AppHasNoIdentity', `Container app '${app.name}' has no identity. ${remedy}`)
  }
  return {
    kind: 'workload',
    principal: app.identity.principalId,
    clientId: app.identity.clientId,
    resourceId: app.resourceId,
    workload: app.id,
    displayName: app.name,
  }
}

function sessionWire(
  dependencies: ControlDependencies,
  { session, credentials, folder, variables, secrets, withheldSecrets }: Output,
): SessionWire {
  const ports = dependencies.ports()
  const { proxyUser, proxyPassword } = credentials
  return {
    id: session.id,
    kind: session.kind,
    displayName: session.displayName,
    tenantId: session.tenant,
    subscriptionId: dependencies.subscriptionId,
    principalId: session.principal,
    clientId: session.clientId,
    ...(session.resourceId === undefined ? {} : { resourceId: session.resourceId }),
    identityEndpoint: `http://127.0.0.1:${ports.identityPort}${dependencies.identityEndpointPath(session.id)}`,
    identityHeader: credentials.identityHeader,
    proxyUrl: `http://${proxyUser}:${proxyPassword}@127.0.0.1:${ports.proxyPort}`,
    proxyUser,
    proxyPassword,
    ...ports,
    variables: { ...variables, ...Object.fromEntries([...secrets].map(revealed)) },
    ...(withheldSecrets.length === 0 ? {} : { withheldSecrets }),
    ...folder,
    ...(session.expiresAt === undefined ? {} : { expiresAt: session.expiresAt.toISOString() }),
  }
}

function revealed([name, value]: readonly [string, SecretValue]): readonly [string, string] {
  return [name, value.reveal().toString('utf8')]
}

function appChanged({ name }: RunnableApp): ServiceError {
  return new ServiceError(
    'conflict',
    'ContainerAppChanged',
    `Container app '${name}' was changed meanwhile. Try again.`,
  )
}
