import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import type { WorkloadSession, WorkloadSessions } from '#authentication/workload-session.ts'
import { ServiceError, statusOf } from '#base/errors.ts'
import type { Guid } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import { type Authority, type HostRule, parseAuthority } from './hosts.ts'
import {
  type Listening,
  listenOn,
  listenOnOtherLoopback,
  type ServerLimits,
  serverLimits,
  stopListening,
} from './listening.ts'
import { createServer } from './node-http.ts'
import type { PassThrough } from './pass-through.ts'
import type { Pipeline } from './pipeline.ts'
import { type AbsoluteTarget, splitAbsoluteForm } from './raw-target.ts'
import type { UpstreamSettings } from './upstream.ts'

export interface SessionProxyOptions {
  /** A loopback address. */
  readonly address: string
  readonly port: number
  readonly limits: ServerLimits
  /** The Azure names and our own names, in lower case and without port: served here, on any port, for everybody. */
  isServedHost(hostname: string): boolean
  /** Takes over a connection for the https listener. */
  adopt(socket: Socket): void
  readonly pipeline: Pipeline
  /** The managed identity endpoints, for requests that come in absolute form with a session's credentials. */
  readonly identityHosts: readonly HostRule[]
  readonly sessions: Pick<WorkloadSessions, 'findByProxyCredentials'>
  /** The proxy settings that a session's caller had before. */
  upstreamOf(session: Guid): UpstreamSettings | undefined
  /** Whether sessions may reach other hosts through this proxy. */
  readonly passesOthers: boolean
  readonly passThrough: PassThrough
  readonly logger: Logger
}

export const instanceMetadataHost = '169.254.169.254'
/** az in Cloud Shell mode asks this host and port. */
export const cloudShellHost = 'localhost'
const cloudShellPort = 50_342

/**
 * The proxy of sessions, on loopback. Connections to our own and to the Azure names are served in this process, with no
 * credentials, for that grants nothing. With a session's credentials it speaks as the session's managed identity endpoint
 * and passes other hosts on. Everything else is refused.
 */
export class SessionProxy {
  readonly #options: SessionProxyOptions
  readonly #server: Server
  #second: NetServer | undefined

  constructor(options: SessionProxyOptions) {
    this.#options = options
    const { limits } = options
    this.#server = createServer({ ...serverLimits(limits), requireHostHeader: false }, (message, response) => {
      void this.#serve(message, response, false)
    })
    this.#server.on('checkContinue', (message, response) => void this.#serve(message, response, true))
    this.#server.on('connect', (message, _socket, head) => void this.#connect(message, head))
    this.#server.maxConnections = limits.maximumConnections
  }

  /** Starts listening. Throws when the address or port cannot be had. */
  async listen(): Promise<Listening> {
    const { address, port, limits } = this.#options
    const listening = await listenOn(this.#server, { address, port })
    const { maximumConnections } = limits
    const adopt = (socket: Socket): void => void this.#server.emit('connection', socket)
    this.#second = await listenOnOtherLoopback(listening, { maximumConnections, adopt })
    return listening
  }

  stopAccepting(): void {
    stopListening(this.#second)
    stopListening(this.#server)
    this.#server.closeIdleConnections()
  }

  closeAll(): void {
    this.#options.passThrough.closeAll()
    this.#server.closeAllConnections()
  }

  async #connect(message: IncomingMessage, head: Buffer): Promise<void> {
    const { socket } = message
    socket.on('error', () => socket.destroy())
    try {
      const authority = parseAuthority(message.url ?? '')
      if (authority?.port === undefined) throw malformed()
      if (this.#options.isServedHost(authority.hostname)) {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        if (head.length > 0) socket.unshift(head)
        this.#options.adopt(socket)
        return
      }
      const session = this.#sessionOf(message)
      this.#checkMayPass(authority)
      const upstream = this.#options.upstreamOf(session.id)
      await this.#options.passThrough.tunnel(socket, head, { host: authority.hostname, port: authority.port, upstream })
    } catch (failure) {
      if (!socket.destroyed) socket.end(rawAnswer(this.#describe(failure)))
    }
  }

  async #serve(message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    try {
      const target = splitAbsoluteForm(message.url ?? '')
      const authority = target === undefined ? undefined : parseAuthority(target.authority)
      if (target === undefined || authority === undefined) throw malformed()
      if (target.scheme === 'https' || this.#options.isServedHost(authority.hostname)) throw httpsOnly()
      const session = this.#sessionOf(message)
      if (isIdentityEndpoint(authority)) {
        checkIdentityCall(message, authority, { session, target })
        const { identityHosts: hosts, pipeline } = this.#options
        const entry = {
          scheme: 'http',
          hosts,
          authority: target.authority,
          target: target.target,
          session,
          expectsContinue,
        } as const
        await pipeline.serve(message, response, entry)
        return
      }
      this.#checkMayPass(authority)
      const upstream = this.#options.upstreamOf(session.id)
      const to = { host: authority.hostname, port: authority.port ?? 80, target, upstream, expectsContinue }
      await this.#options.passThrough.relay(message, response, to)
    } catch (failure) {
      const { status, headers, body } = this.#describe(failure)
      if (response.headersSent) response.destroy()
      else response.writeHead(status, headers).end(body)
    }
  }

  #sessionOf(message: IncomingMessage): WorkloadSession {
    const credentials = parseBasic(message.headers['proxy-authorization'])
    const session = credentials && this.#options.sessions.findByProxyCredentials(credentials.user, credentials.password)
    if (session === undefined)
      throw new ServiceError('unauthenticated', 'ProxyAuthenticationRequired', needsCredentials)
    return session
  }

  #checkMayPass(authority: Authority): void {
    if (authority.hostname === instanceMetadataHost)
      throw forbidden('The instance metadata service answers plain requests only.')
    if (!this.#options.passesOthers) throw forbidden('This proxy is set to serve no other hosts.')
  }

  #describe(failure: unknown): Refused {
    if (!(failure instanceof ServiceError)) {
      this.#options.logger.error('The proxy failed.', { cause: failure instanceof Error ? failure : undefined })
      return refused(500, 'InternalServerError', 'The proxy failed.')
    }
    const status =
      failure.kind === 'unauthenticated' ? 407 : failure.kind === 'unavailable' ? 502 : statusOf(failure.kind)
    return refused(status, failure.code, failure.message)
  }
}

function isIdentityEndpoint({ hostname, port }: Authority): boolean {
  if (hostname === instanceMetadataHost) return port === undefined || port === 80
  return hostname === cloudShellHost && port === cloudShellPort
}

/** az in Cloud Shell mode asks `localhost:50342`; that address is there for the operator's session alone. */
function checkIdentityCall(
  message: IncomingMessage,
  authority: Authority,
  call: { readonly session: WorkloadSession; readonly target: AbsoluteTarget },
): void {
  if (authority.hostname === instanceMetadataHost) return
  const path = call.target.target.split('?', 1)[0]?.replace(/\/$/, '')
  if (call.session.kind !== 'operator' || message.method !== 'POST' || path !== '/oauth2/token') {
    throw forbidden('This address answers token requests of an operator session only.')
  }
}

const needsCredentials =
  'Only hosts of this server are reached through this proxy without the credentials of a session.'

function malformed(): ServiceError {
  return new ServiceError(
    'malformed',
    'BadProxyRequest',
    'This is a proxy: it answers CONNECT and requests in absolute form.',
  )
}

function httpsOnly(): ServiceError {
  return forbidden('This host is reached by https only, through CONNECT.')
}

function forbidden(sentence: string): ServiceError {
  return new ServiceError('forbidden', 'ProxyForbidden', sentence)
}

function parseBasic(header: string | undefined): { readonly user: string; readonly password: string } | undefined {
  const match = header === undefined || header.length > 1024 ? null : /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(header)
  if (match === null) return undefined
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function refused(status: number, code: string, message: string): Refused {
  const body = `${JSON.stringify({ error: { code, message } })}\n`
  const headers: Record<string, string> = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }
  if (status === 407) headers['Proxy-Authenticate'] = 'Basic realm="strongroom"'
  return { status, headers, body }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  407: 'Proxy Authentication Required',
  502: 'Bad Gateway',
}

function rawAnswer({ status, headers, body }: Refused): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`
}
