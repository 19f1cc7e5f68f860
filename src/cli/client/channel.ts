import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { CommandError } from '../command-error.ts'

export interface ChannelRequest {
  /** `management.azure.com`, or `management.example.com:8443`. */
  readonly host: string
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body?: string
}

export interface ChannelAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** How requests reach the hosts of one server. */
export interface Channel {
  /** Sends one request and reads its whole answer. Throws `CommandError` (2) when the server does not answer. */
  send(request: ChannelRequest): Promise<ChannelAnswer>
  close(): void
}

const timeoutMilliseconds = 120_000

/** A channel to a server on this machine: every host name is asked for at its own port on loopback. */
export function openLocalChannel(port: number, certificateAuthority: string): Channel {
  const agent = new Agent({ keepAlive: true, ca: certificateAuthority })
  return new TlsChannel(agent, (host) => ({ host: '127.0.0.1', port, servername: host.replace(/:\d+$/, '') }))
}

/** A channel to a server elsewhere: host names are looked up. Without `certificateAuthority` the system's roots decide. */
export function openRemoteChannel(certificateAuthority: string | undefined): Channel {
  const agent = new Agent({
    keepAlive: true,
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
  })
  return new TlsChannel(agent, peerAt)
}

interface Peer {
  readonly host: string
  readonly port: number
  readonly servername: string
}

/** Where a remote authority is reached. Throws `CommandError` (2) for text that a URL would read as another authority. */
export function peerAt(authority: string): Peer {
  const address = `https://${authority}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.host !== authority.toLowerCase())
    throw new CommandError('This is not the name of a host, so that nothing was sent to it.', 2)
  const { hostname, port } = url
  // Source: RFC 6761 §6.3: names under `localhost` are this machine, which not every system knows.
  const host = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname
  return { host, port: port === '' ? 443 : Number(port), servername: hostname }
}

class TlsChannel implements Channel {
  readonly #agent: Agent
  readonly #peerOf: (host: string) => Peer

  constructor(agent: Agent, peerOf: (host: string) => Peer) {
    this.#agent = agent
    this.#peerOf = peerOf
  }

  send(asked: ChannelRequest): Promise<ChannelAnswer> {
    const { host, method, path, headers, body } = asked
    return readAnswer(
      (respond) =>
        httpsRequest(
          {
            agent: this.#agent,
            ...this.#peerOf(host),
            method,
            path,
            headers: {
              host,
              'user-agent': 'strongroom',
              ...headers,
              ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
            },
          },
          respond,
        ),
      body,
    )
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Sends one request and reads its whole answer. Throws `CommandError` (2) when nobody answers. */
export function readAnswer(
  open: (respond: (response: IncomingMessage) => void) => ClientRequest,
  body?: string,
): Promise<ChannelAnswer> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): void =>
      reject(new CommandError(`The server does not answer: ${cause.message}.`, 2, { cause }))
    const request = open((response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', unreachable)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.setTimeout(timeoutMilliseconds, () => request.destroy(new Error('no answer in two minutes')))
    request.on('error', unreachable)
    request.end(body)
  })
}
