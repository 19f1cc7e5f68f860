import { readFileSync } from 'node:fs'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { z } from 'zod'
import { CommandError } from './command-error.ts'
import { type ControlSession, startControlSession } from './control-session.ts'
import { type RunFile, readRunFile } from './run-file.ts'

export interface ServerRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD'
  /** Absolute path, segments already percent-encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface ServerAnswer {
  readonly status: number
  /** Parsed JSON, or undefined for an empty body. */
  readonly body: unknown
}

/** A signed-in client of a running server: the operator's session, ended by `close`. */
export interface ServerClient {
  readonly server: RunFile
  /** A request to the resource manager. Answers outside 2xx and `accepted` become `CommandError`s. */
  management(request: ServerRequest, accepted?: readonly number[]): Promise<ServerAnswer>
  /** A request to one vault's data plane. */
  vault(name: string, request: ServerRequest, accepted?: readonly number[]): Promise<ServerAnswer>
  /** Follows `nextLink` and gives all items of a list. */
  list(
    host: 'management' | { readonly vault: string },
    request: ServerRequest,
  ): Promise<readonly Record<string, unknown>[]>
  /** Who the session speaks as, from its token. */
  signedInUser(): Promise<{ readonly objectId: string; readonly userPrincipalName: string }>
  close(): Promise<void>
}

const managementHost = 'management.azure.com'
const managementResource = 'https://management.core.windows.net/'
const vaultSuffix = 'vault.azure.net'

/** Signs in to the server on this directory as its operator. Throws `CommandError` (2) when no server runs there. */
export async function openServerClient(dataDirectory: string): Promise<ServerClient> {
  const server = readRunFile(dataDirectory)
  const session = await startControlSession(server, { kind: 'operator', privateFolder: false })
  return new OperatorClient(server, session)
}

class OperatorClient implements ServerClient {
  readonly server: RunFile
  readonly #session: ControlSession
  readonly #agent: Agent
  readonly #tokens = new Map<string, Promise<string>>()

  constructor(server: RunFile, session: ControlSession) {
    this.server = server
    this.#session = session
    this.#agent = new Agent({ keepAlive: true, ca: readFileSync(server.caFile) })
  }

  async management(request: ServerRequest, accepted: readonly number[] = []): Promise<ServerAnswer> {
    return this.#send(managementHost, managementResource, request, accepted)
  }

  async vault(name: string, request: ServerRequest, accepted: readonly number[] = []): Promise<ServerAnswer> {
    return this.#send(`${name}.${vaultSuffix}`, `https://${vaultSuffix}`, request, accepted)
  }

  async list(
    host: 'management' | { readonly vault: string },
    request: ServerRequest,
  ): Promise<readonly Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = []
    let next: ServerRequest | undefined = request
    while (next !== undefined) {
      const answer: ServerAnswer =
        host === 'management' ? await this.management(next) : await this.vault(host.vault, next)
      const page = pageShape.parse(answer.body)
      items.push(...page.value)
      next =
        page.nextLink === undefined || page.nextLink === null || page.nextLink === ''
          ? undefined
          : requestOfLink(page.nextLink)
    }
    return items
  }

  async signedInUser(): Promise<{ readonly objectId: string; readonly userPrincipalName: string }> {
    const [, payload = ''] = (await this.#token(managementResource)).split('.')
    const claims = claimsShape.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
    return { objectId: claims.oid, userPrincipalName: claims.upn ?? claims.unique_name ?? '' }
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    await this.#session.end()
  }

  #token(resource: string): Promise<string> {
    let token = this.#tokens.get(resource)
    if (token === undefined) {
      token = requestIdentityToken(this.server, this.#session, resource)
      this.#tokens.set(resource, token)
    }
    return token
  }

  async #send(
    host: string,
    resource: string,
    request: ServerRequest,
    accepted: readonly number[],
  ): Promise<ServerAnswer> {
    const bearer = await this.#token(resource)
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const answer = await exchange(
      (respond) =>
        httpsRequest(
          {
            agent: this.#agent,
            host: '127.0.0.1',
            port: this.server.httpsPort,
            servername: host,
            method: request.method,
            path: request.path + queryText(request.query),
            headers: {
              host,
              authorization: `Bearer ${bearer}`,
              'user-agent': 'strongroom',
              ...(body === undefined
                ? {}
                : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
            },
          },
          respond,
        ),
      body,
    )
    const parsed = answer.text === '' ? undefined : parseAnswer(answer.text)
    if ((answer.status >= 200 && answer.status < 300) || accepted.includes(answer.status))
      return { status: answer.status, body: parsed }
    throw failureOf(answer.status, parsed)
  }
}

const pageShape = z.object({ value: z.array(z.record(z.string(), z.unknown())), nextLink: z.string().nullish() })

function requestOfLink(link: string): ServerRequest {
  const url = new URL(link)
  return { method: 'GET', path: url.pathname, query: Object.fromEntries(url.searchParams) }
}

function queryText(query: Readonly<Record<string, string>> | undefined): string {
  if (query === undefined) return ''
  return `?${Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')}`
}

const claimsShape = z.object({ oid: z.string(), upn: z.string().optional(), unique_name: z.string().optional() })
const tokenShape = z.object({ access_token: z.string() })

/** A token for `resource`, asked for as any program asks its managed identity endpoint (App Service form, 2019-08-01). */
async function requestIdentityToken(server: RunFile, session: ControlSession, resource: string): Promise<string> {
  const answer = await exchange((respond) =>
    httpRequest(
      {
        host: '127.0.0.1',
        port: server.identityPort,
        path: `${new URL(session.identityEndpoint).pathname}${queryText({ 'api-version': '2019-08-01', resource })}`,
        headers: { 'x-identity-header': session.identityHeader },
      },
      respond,
    ),
  )
  const parsed = answer.text === '' ? undefined : parseAnswer(answer.text)
  if (answer.status !== 200) throw failureOf(answer.status, parsed)
  return tokenShape.parse(parsed).access_token
}

interface RawAnswer {
  readonly status: number
  readonly text: string
}

/** Sends one request and reads its whole answer. Throws `CommandError` (2) when the server does not answer. */
function exchange(
  open: (respond: (response: IncomingMessage) => void) => ClientRequest,
  body?: string,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): void =>
      reject(new CommandError(`The server does not answer: ${cause.message}.`, 2, { cause }))
    const request = open((response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', unreachable)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    request.on('error', unreachable)
    request.end(body)
  })
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const errorShape = z.union([
  z.object({
    error: z.object({ code: z.string(), message: z.string(), innererror: z.object({ code: z.string() }).optional() }),
  }),
  z
    .object({ message: z.string() })
    .transform(({ message }) => ({ error: { code: 'Error', message, innererror: undefined } })),
])

/** The failure as az reports it: `(Code) message`, exit 3 for what does not exist. */
function failureOf(status: number, body: unknown): CommandError {
  const parsed = errorShape.safeParse(body)
  if (!parsed.success) return new CommandError(`The server answered ${status}.`, 1)
  const { code, message, innererror } = parsed.data.error
  const inner = innererror === undefined ? '' : `\nInner error: ${innererror.code}`
  return new CommandError(`(${code}) ${message}${inner}`, status === 404 ? 3 : 1)
}
