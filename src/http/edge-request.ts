import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { WorkloadSession } from '#authentication/workload-session.ts'
import type { Guid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Channel, ConnectionMemory, OperationRequest, Place, RequestFacts, Surface } from '#operation/operation.ts'
import type { Authority, HostRule } from './hosts.ts'
import type { RequestHead } from './request-head.ts'
import type { Resolution } from './resolution.ts'

/** How a request came in. One value per listener, or per proxied request. */
export interface Entry {
  readonly scheme: 'http' | 'https'
  readonly hosts: readonly HostRule[]
  /** Set when the listener, not the Host header, says whom a request is for. */
  readonly authority?: string
  /** Set when the proxy has split an absolute-form target. */
  readonly target?: string
  readonly session?: WorkloadSession
  readonly channel?: Channel
  /** The private endpoint whose listener it came to. */
  readonly privateEndpoint?: string
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue?: boolean
}

class Memory implements ConnectionMemory {
  token: string | undefined
}

/** A Host header, split. One object per name, so that requests under way at once on a connection cannot mix theirs up. */
export class KnownHost {
  /** As sent. */
  readonly text: string
  /** In lower case and without port. */
  readonly hostname: string
  readonly origin: string
  /** The hosts it was looked up among. */
  readonly hosts: readonly HostRule[]
  /** The rule that knew it. */
  rule: HostRule | undefined

  constructor(authority: Authority, scheme: 'http' | 'https', hosts: readonly HostRule[]) {
    this.text = authority.text
    this.hostname = authority.hostname
    this.origin = `${scheme}://${authority.text}`
    this.hosts = hosts
  }
}

/** What is known of one connection, and what its last request left behind so that the next one like it costs less. */
export class Connection {
  readonly clientAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly tlsVersion: string
  /** What the last Host header came to. */
  host: KnownHost | undefined
  /** The last request line on the last surface; what it resolves to depends on nothing else. */
  target = ''
  method = ''
  resolution: Resolution | undefined
  #surface: Surface | undefined
  #memory = new Memory()

  constructor(socket: Socket) {
    this.clientAddress = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
    this.localPort = socket.localPort ?? 0
    this.tlsVersion = socket instanceof TLSSocket ? azureTlsName(socket.getProtocol()) : ''
  }

  /** What was remembered of the caller on this surface; a caller seen by one surface is nothing to another. */
  enter(surface: Surface): ConnectionMemory {
    if (this.#surface !== surface) {
      this.#surface = surface
      this.#memory = new Memory()
      this.resolution = undefined
    }
    return this.#memory
  }
}

/** `TLSv1.3` in the words of Azure's logs: `TLS1_3`. */
function azureTlsName(protocol: string | null): string {
  return (protocol ?? '').replace('v', '').replace('.', '_')
}

const connections = new WeakMap<Socket, Connection>()

export function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket)
  if (connection === undefined) {
    connection = new Connection(socket)
    connections.set(socket, connection)
  }
  return connection
}

const printable = /^[\x20-\x7e]{1,128}$/

export class EdgeFacts implements RequestFacts {
  readonly requestId: Guid = randomGuid()
  readonly clientRequestId: string | undefined
  readonly clientAddress: string
  readonly privateEndpoint: string | undefined
  readonly userAgent: string
  readonly tlsVersion: string
  readonly remotePort: number
  readonly localPort: number
  readonly startedAtMilliseconds: number

  constructor(
    head: RequestHead,
    { connection, entry }: { readonly connection: Connection; readonly entry: Pick<Entry, 'privateEndpoint'> },
    startedAtMilliseconds: number,
  ) {
    const { clientRequestId, userAgent } = head
    this.clientRequestId =
      clientRequestId !== undefined && printable.test(clientRequestId) ? clientRequestId : undefined
    this.userAgent = userAgent === undefined || userAgent.length <= 512 ? (userAgent ?? '') : userAgent.slice(0, 512)
    this.clientAddress = connection.clientAddress
    this.privateEndpoint = entry.privateEndpoint
    this.tlsVersion = connection.tlsVersion
    this.remotePort = connection.remotePort
    this.localPort = connection.localPort
    this.startedAtMilliseconds = startedAtMilliseconds
  }
}

export interface EdgeRequestParts {
  readonly place: Place
  readonly origin: string
  readonly path: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  readonly apiVersion: string
  readonly body: Buffer
  readonly facts: RequestFacts
  readonly session: WorkloadSession | undefined
  readonly channel: Channel | undefined
}

export class EdgeRequest implements OperationRequest {
  readonly place: Place
  readonly method: string
  readonly origin: string
  readonly path: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  readonly apiVersion: string
  readonly body: Buffer
  readonly facts: RequestFacts
  readonly session: WorkloadSession | undefined
  readonly channel: Channel | undefined
  readonly #message: IncomingMessage

  constructor(message: IncomingMessage, parts: EdgeRequestParts) {
    this.place = parts.place
    this.method = message.method ?? ''
    this.origin = parts.origin
    this.path = parts.path
    this.query = parts.query
    this.apiVersion = parts.apiVersion
    this.body = parts.body
    this.facts = parts.facts
    this.session = parts.session
    this.channel = parts.channel
    this.#message = message
  }

  get contentType(): string {
    return this.header('content-type') ?? ''
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name.toLowerCase()]
    return typeof value === 'string' ? value : undefined
  }
}
