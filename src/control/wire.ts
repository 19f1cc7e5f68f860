import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import { parseJson } from '#base/json.ts'
import { findUnstorableText } from '#base/storable-text.ts'

/** The longest life of a session that is not attached to a connection. */
const maximumDetachedSeconds = 12 * 60 * 60

const formerProxyShape = z.strictObject({
  httpProxy: z.string().max(2048).optional(),
  httpsProxy: z.string().max(2048).optional(),
  noProxy: z.string().max(8192).optional(),
})

const rootPlaces = z.array(z.string().min(1).max(4096)).max(16).default([])
const formerRootsShape = z.strictObject({ replacing: rootPlaces, added: rootPlaces })

const sessionCommon = {
  /** Attached (default): ends with the connection that started it. Detached: ends after `expiresInSeconds`. */
  attached: z.boolean().default(true),
  expiresInSeconds: z.int().min(1).max(maximumDetachedSeconds).default(maximumDetachedSeconds),
  /** The OS user that the command will run as. */
  osUserId: z.int().min(0),
  /** The caller's own proxy variables, which ours take the place of. */
  formerProxy: formerProxyShape.default({}),
  /** Files or folders of roots that the caller's variables name: in place of the system's roots, and on top of them. */
  formerRoots: formerRootsShape.prefault({}),
  /** Whether a private folder and a CA file are made (default), for a command that will be started. */
  privateFolder: z.boolean().default(true),
}

const startSessionShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('workload'),
    app: z.strictObject({ name: z.string().min(1).max(128), resourceGroup: z.string().min(1).max(128).optional() }),
    /** Whether the values of secret variables are read and answered, for a command that is started with them. */
    secretVariables: z.boolean().default(false),
    ...sessionCommon,
  }),
  z.strictObject({ kind: z.literal('operator'), ...sessionCommon }),
])

/** The body of `POST /sessions`, with its defaults filled in. */
export type StartSessionBody = z.output<typeof startSessionShape>

const createServicePrincipalShape = z.strictObject({ displayName: z.string().min(1).max(256) })

/** The body of `POST /servicePrincipals`. */
export type CreateServicePrincipalBody = z.output<typeof createServicePrincipalShape>

/** Throws `malformed` / `InvalidRequestBody`, naming the member that is wrong. */
export function parseStartSessionBody(body: Buffer): StartSessionBody {
  return parseBody(startSessionShape, body)
}

/** Throws `malformed` / `InvalidRequestBody`, naming the member that is wrong. */
export function parseCreateServicePrincipalBody(body: Buffer): CreateServicePrincipalBody {
  return parseBody(createServicePrincipalShape, body)
}

function parseBody<T>(shape: z.ZodType<T>, body: Buffer): T {
  const given = parseJson(body, { maximumDepth: 8, code: 'InvalidRequestBody' })
  const unstorable = findUnstorableText(given)
  const parsed = shape.safeParse(given)
  if (parsed.success && unstorable === undefined) return parsed.data
  const member = unstorable ?? parsed.error?.issues[0]?.path.join('.')
  const target = member === undefined || member === '' ? 'body' : member
  throw new ServiceError('malformed', 'InvalidRequestBody', `'${target}' is missing or not acceptable.`, { target })
}

/** The answer to `POST /sessions`. Credentials appear here and nowhere else. */
export interface SessionWire {
  readonly id: string
  readonly kind: 'workload' | 'operator'
  readonly displayName: string
  readonly tenantId: string
  readonly subscriptionId: string
  readonly principalId: string
  readonly clientId: string
  /** ARM id of the app; absent for the operator. */
  readonly resourceId?: string
  /** `http://127.0.0.1:port/…`, with a path of this session's own. */
  readonly identityEndpoint: string
  readonly identityHeader: string
  /** `http://user:password@127.0.0.1:port`. */
  readonly proxyUrl: string
  readonly proxyUser: string
  readonly proxyPassword: string
  readonly httpsPort: number
  readonly proxyPort: number
  readonly identityPort: number
  /** The app's environment variables, with those of secrets where they were asked for; empty for the operator. */
  readonly variables: Readonly<Record<string, string>>
  /** Names of the secret variables whose values were not asked for; absent when there are none. */
  readonly withheldSecrets?: readonly string[]
  /** Present when a private folder was asked for; the server removes them when the session ends. */
  readonly caFile?: string
  readonly azureConfigDirectory?: string
  readonly azdConfigDirectory?: string
  /** ISO 8601; present for detached sessions. */
  readonly expiresAt?: string
}
