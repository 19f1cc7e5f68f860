import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { tryParseVaultName } from '#base/ids.ts'
import { CommandError } from '../command-error.ts'
import type { Channel } from './channel.ts'
import type { Credential, Token } from './credential.ts'
import { answerIn, claimsIn, failureOf, parseAnswer } from './service-answer.ts'

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

/** Which of the server's hosts a request is for. */
export type ServerHost = 'management' | 'graph' | { readonly vault: string }

/** Where a server's hosts are. */
export interface ServerNames {
  /** Host name, with its port unless that is 443. */
  readonly management: string
  readonly graph: string
  /** `vault.azure.net`, or `vault.example.com:8443`. */
  readonly vaultSuffix: string
}

/** What commands ask about who they run as. */
export interface Account {
  readonly subscriptionId: string
  readonly subscriptionName: string
  readonly tenantId: string
  readonly environmentName: string
  readonly user: {
    readonly name: string
    readonly type: 'user' | 'servicePrincipal'
    readonly cloudShellID?: true
    /** `MSI` and so on, of a managed identity. */
    readonly assignedIdentityInfo?: string | undefined
  }
}

/** A signed-in client of a running server, ended by `close`. */
export interface ServerClient {
  readonly server: Account
  readonly names: ServerNames
  /** A request to the resource manager. Answers outside 2xx and `accepted` become `ServiceFailure`s. */
  management(request: ServerRequest, accepted?: readonly number[]): Promise<ServerAnswer>
  /** A write to the resource manager, waited for to its end: the resource as it then is, or undefined for one that is gone. */
  settle(request: ServerRequest): Promise<unknown>
  graph(request: ServerRequest, accepted?: readonly number[]): Promise<ServerAnswer>
  /** A request to one vault's data plane. */
  vault(name: string, request: ServerRequest, accepted?: readonly number[]): Promise<ServerAnswer>
  /** Follows `nextLink` and gives all items of a list. */
  list(host: ServerHost, request: ServerRequest): Promise<readonly Record<string, unknown>[]>
  /** A token for any resource that the server issues tokens for. */
  token(resource: string): Promise<Token>
  /** Who the client speaks as, from its token. */
  signedInUser(): Promise<{ readonly objectId: string; readonly userPrincipalName: string }>
  close(): Promise<void>
}

export interface ServerConnection {
  readonly account: Account
  readonly names: ServerNames
  readonly channel: Channel
  readonly credential: Credential
  /** Told of each request that was answered: never of a header or a body. */
  readonly trace: (line: string) => void
  /** Told while a long operation runs. */
  readonly waiting: (ended: Promise<unknown>) => void
}

export const managementResource = 'https://management.core.windows.net/'
export const graphResource = 'https://graph.microsoft.com'
export const vaultResource = 'https://vault.azure.net'
const longestWaitSeconds = 60

/** The client of a server that is connected to already. */
export function createServerClient(connection: ServerConnection): ServerClient {
  return new ConnectedClient(connection)
}

class ConnectedClient implements ServerClient {
  readonly server: Account
  readonly names: ServerNames
  readonly #connection: ServerConnection
  readonly #tokens = new Map<string, Promise<Token>>()

  constructor(connection: ServerConnection) {
    this.server = connection.account
    this.names = connection.names
    this.#connection = connection
  }

  management(request: ServerRequest, accepted: readonly number[] = []): Promise<ServerAnswer> {
    return this.#send('management', request, accepted)
  }

  graph(request: ServerRequest, accepted: readonly number[] = []): Promise<ServerAnswer> {
    return this.#send('graph', request, accepted)
  }

  vault(name: string, request: ServerRequest, accepted: readonly number[] = []): Promise<ServerAnswer> {
    return this.#send({ vault: name }, request, accepted)
  }

  async settle(request: ServerRequest): Promise<unknown> {
    const answer = await this.#send('management', request, [])
    const status = answer.headers['azure-asyncoperation']
    const location = answer.status === 202 ? answer.headers.location : undefined
    const link = typeof status === 'string' ? status : location
    if (link === undefined) return answer.body
    const ended = this.#waitFor(link, answer.headers['retry-after'])
    this.#connection.waiting(ended.catch(() => undefined))
    const outcome = await ended
    if (request.method === 'PUT' || request.method === 'PATCH') {
      const { path, query } = request
      return (await this.management({ method: 'GET', path, ...(query === undefined ? {} : { query }) })).body
    }
    return typeof status === 'string' ? undefined : outcome
  }

  async list(host: ServerHost, request: ServerRequest): Promise<readonly Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = []
    let next: ServerRequest | undefined = request
    while (next !== undefined) {
      const answer: ServerAnswer = await this.#send(host, next, [])
      const page = answerIn(pageShape, answer.body)
      items.push(...page.value)
      const link = page.nextLink ?? page['@odata.nextLink'] ?? ''
      next = link === '' ? undefined : { method: 'GET', ...partsOfLink(link) }
    }
    return items
  }

  token(resource: string): Promise<Token> {
    let token = this.#tokens.get(resource)
    if (token === undefined) {
      token = this.#connection.credential.token(resource)
      this.#tokens.set(resource, token)
    }
    return token
  }

  async signedInUser(): Promise<{ readonly objectId: string; readonly userPrincipalName: string }> {
    const claims = readClaims((await this.token(managementResource)).text)
    return { objectId: claims.oid, userPrincipalName: claims.upn ?? claims.unique_name ?? claims.appid ?? '' }
  }

  async close(): Promise<void> {
    this.#connection.channel.close()
    await this.#connection.credential.close()
  }

  /** Polls an operation's address until it has ended. Throws its own error when it failed. */
  async #waitFor(link: string, firstPause: string | undefined): Promise<unknown> {
    const request: ServerRequest = { method: 'GET', ...partsOfLink(link) }
    let pause = firstPause
    for (;;) {
      await delay(Math.min(Number(pause ?? 0) || 0, longestWaitSeconds) * 1000)
      const answer = await this.#send('management', request, [])
      const parsed = operationShape.safeParse(answer.body)
      const status = parsed.success ? parsed.data.status : undefined
      if (status === 'Failed' || status === 'Canceled') throw failureOf(answer.status, answer.body)
      if (status === undefined ? answer.status !== 202 : status === 'Succeeded') return answer.body
      pause = answer.headers['retry-after'] ?? '2'
    }
  }

  async #send(
    host: ServerHost,
    request: ServerRequest,
    accepted: readonly number[],
  ): Promise<ServerAnswer & { readonly headers: IncomingHttpHeaders }> {
    const { names, channel, trace } = this.#connection
    const [hostName, resource] =
      host === 'management'
        ? [names.management, managementResource]
        : host === 'graph'
          ? [names.graph, graphResource]
          : [hostOfVault(host.vault, names.vaultSuffix), vaultResource]
    const bearer = await this.token(resource)
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const path = request.path + queryText(request.query)
    const answer = await channel.send({
      host: hostName,
      method: request.method,
      path,
      headers: {
        authorization: `Bearer ${bearer.text}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    trace(`${request.method} https://${hostName}${path} ${answer.status}`)
    const parsed = parseAnswer(answer.text)
    if ((answer.status >= 200 && answer.status < 300) || accepted.includes(answer.status))
      return { status: answer.status, body: parsed, headers: answer.headers }
    throw failureOf(answer.status, parsed)
  }
}

const pageShape = z.object({
  value: z.array(z.record(z.string(), z.unknown())),
  nextLink: z.string().nullish(),
  '@odata.nextLink': z.string().nullish(),
})
const operationShape = z.object({ status: z.string() })

/** The host of a vault. A name with anything else in it could name another host, which would be sent the token. */
function hostOfVault(name: string, suffix: string): string {
  const vault = tryParseVaultName(name)
  if (vault === undefined)
    throw new CommandError(
      `The vault name '${name}' is not valid: a vault's name has 3 to 24 letters, digits and single hyphens.`,
      1,
    )
  return `${vault}.${suffix}`
}

const linkShape = z.string().refine((link) => URL.canParse(link))

function partsOfLink(link: string): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const url = new URL(answerIn(linkShape, link))
  return { path: url.pathname, query: Object.fromEntries(url.searchParams) }
}

function queryText(query: Readonly<Record<string, string>> | undefined): string {
  if (query === undefined) return ''
  return `?${Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')}`
}

const claimsShape = z.object({
  oid: z.string(),
  tid: z.string(),
  upn: z.string().optional(),
  unique_name: z.string().optional(),
  appid: z.string().optional(),
})

/** What a token of the server says of its bearer. Throws `CommandError` (1) for one that says it in no known shape. */
export function readClaims(token: string): z.infer<typeof claimsShape> {
  return claimsIn(claimsShape, token)
}
