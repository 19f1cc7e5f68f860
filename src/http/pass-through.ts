import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect as netConnect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { ServiceError } from '#base/errors.ts'
import { forwardedHeaders } from './forwarded-headers.ts'
import { isLoopback } from './hosts.ts'
import { request as httpRequest } from './node-http.ts'
import type { AbsoluteTarget } from './raw-target.ts'
import { isExempt, parseProxyUrl, type UpstreamProxy, type UpstreamSettings } from './upstream.ts'

export interface PassThroughOptions {
  /** Ports of this server's own listeners; nothing is ever passed on to them. */
  ownPorts(): ReadonlySet<number>
  readonly connectMilliseconds: number
  /** A tunnel or exchange without a byte for this long is cut. */
  readonly idleMilliseconds: number
}

interface Destination {
  readonly host: string
  readonly port: number
}

/** Passes a session's other requests on: directly, or through the proxy that its caller had before ours. */
export class PassThrough {
  readonly #options: PassThroughOptions
  readonly #open = new Set<Socket>()

  constructor(options: PassThroughOptions) {
    this.#options = options
  }

  /**
   * Joins a client to a host and port, byte for byte, after telling it so. `head` are bytes that came with its CONNECT.
   * Throws `unavailable` when there is no way there, before anything was sent to the client.
   */
  async tunnel(
    client: Socket,
    head: Buffer,
    to: Destination & { readonly upstream: UpstreamSettings | undefined },
  ): Promise<void> {
    const proxy = chooseProxy(to, to.upstream?.httpsProxy, to.upstream?.noProxy)
    const socket = await this.#connect(proxy === undefined ? to : { host: proxy.hostname, port: proxy.port })
    const way = proxy === undefined ? { socket, head: noBytes } : await this.#throughProxy(socket, proxy, to)
    if (client.destroyed) {
      way.socket.destroy()
      return
    }
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (way.head.length > 0) client.write(way.head)
    if (head.length > 0) way.socket.write(head)
    this.#join(client, way.socket)
  }

  /** Sends a plain request on and its answer back. Throws `unavailable` when there is no way there. */
  async relay(
    message: IncomingMessage,
    response: ServerResponse,
    to: Destination & {
      readonly target: AbsoluteTarget
      readonly upstream: UpstreamSettings | undefined
      readonly expectsContinue: boolean
    },
  ): Promise<void> {
    const proxy = chooseProxy(to, to.upstream?.httpProxy, to.upstream?.noProxy)
    const plain = await this.#connect(proxy === undefined ? to : { host: proxy.hostname, port: proxy.port })
    const socket = proxy?.secure === true ? await this.#secure(plain, proxy) : plain
    if (to.expectsContinue) response.writeContinue()
    const { target } = to
    await this.#exchange(message, response, {
      socket,
      path: proxy === undefined ? target.target : `${target.scheme}://${target.authority}${target.target}`,
      headers: relayedHeaders(message, target.authority, proxy),
    })
  }

  /** Cuts every tunnel and exchange. */
  closeAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #exchange(
    message: IncomingMessage,
    response: ServerResponse,
    way: { readonly socket: Socket; readonly path: string; readonly headers: readonly string[] },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const onward = httpRequest({
        createConnection: () => way.socket,
        method: message.method ?? 'GET',
        path: way.path,
        headers: way.headers,
      })
      onward.on('response', (answer) => {
        answer.on('error', () => response.destroy())
        try {
          response.writeHead(finalStatus(answer), forwardedHeaders(answer.rawHeaders))
          answer.pipe(response)
        } catch (cause) {
          onward.destroy()
          reject(unreachable(cause))
        }
      })
      onward.on('error', (cause) => {
        if (!response.headersSent) return reject(unreachable(cause))
        response.destroy()
      })
      onward.on('close', () => {
        if (!response.headersSent) reject(unreachable(undefined))
      })
      response.on('close', () => {
        onward.destroy()
        resolve()
      })
      message.pipe(onward)
    })
  }

  #connect(to: Destination): Promise<Socket> {
    const host = to.host.replace(/^\[|\]$/g, '')
    if (isLoopback(host) && this.#options.ownPorts().has(to.port)) return Promise.reject(ownListener())
    return new Promise((resolve, reject) => {
      const socket = netConnect({ host, port: to.port, allowHalfOpen: true, noDelay: true })
      const timer = setTimeout(
        () => socket.destroy(new Error('The connection timed out.')),
        this.#options.connectMilliseconds,
      )
      socket.once('error', (cause) => {
        clearTimeout(timer)
        reject(unreachable(cause))
      })
      socket.once('connect', () => {
        clearTimeout(timer)
        if (this.#isOwn(socket)) {
          socket.destroy()
          return reject(ownListener())
        }
        socket.removeAllListeners('error')
        this.#keep(socket)
        resolve(socket)
      })
    })
  }

  /** A name may turn out to be this machine only once it is looked up. */
  #isOwn(socket: Socket): boolean {
    const { remoteAddress = '', remotePort = 0, localAddress } = socket
    if (!this.#options.ownPorts().has(remotePort)) return false
    return isLoopback(remoteAddress) || remoteAddress === localAddress
  }

  #keep(socket: Socket): void {
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(this.#options.idleMilliseconds, () => socket.destroy())
  }

  #secure(socket: Socket, proxy: UpstreamProxy): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const secure = tlsConnect({ socket, servername: proxy.hostname }, () => resolve(secure))
      secure.once('error', (cause) => reject(unreachable(cause)))
    })
  }

  async #throughProxy(
    plain: Socket,
    proxy: UpstreamProxy,
    to: Destination,
  ): Promise<{ readonly socket: Socket; readonly head: Buffer }> {
    const socket = proxy.secure ? await this.#secure(plain, proxy) : plain
    const authority = `${to.host}:${to.port}`
    const headers = ['Host', authority]
    if (proxy.authorization !== undefined) headers.push('Proxy-Authorization', proxy.authorization)
    return new Promise((resolve, reject) => {
      const request = httpRequest({ createConnection: () => socket, method: 'CONNECT', path: authority, headers })
      const timer = setTimeout(
        () => request.destroy(new Error('The proxy did not answer.')),
        this.#options.connectMilliseconds,
      )
      request.on('close', () => clearTimeout(timer))
      request.on('error', (cause) => reject(unreachable(cause)))
      request.on('response', (answer) => {
        answer.destroy()
        reject(refusedBy(answer.statusCode))
      })
      request.on('connect', (answer, joined, head) => {
        clearTimeout(timer)
        if (answer.statusCode !== undefined && answer.statusCode >= 200 && answer.statusCode < 300) {
          resolve({ socket, head })
        } else {
          joined.destroy()
          reject(refusedBy(answer.statusCode))
        }
      })
      request.end()
    })
  }

  #join(client: Socket, far: Socket): void {
    this.#keep(client)
    client.pipe(far)
    far.pipe(client)
    client.on('close', () => far.destroy())
    far.on('close', () => client.destroy())
  }
}

const noBytes = Buffer.alloc(0)

function chooseProxy(to: Destination, text: string | undefined, noProxy = ''): UpstreamProxy | undefined {
  if (text === undefined || text === '' || isLoopback(to.host) || isExempt(noProxy, to.host, to.port)) return undefined
  const proxy = parseProxyUrl(text)
  if (proxy === undefined) {
    throw new ServiceError(
      'unavailable',
      'UpstreamProxyUnsupported',
      'The proxy that was set before is not an HTTP proxy, so nothing can be passed on to it.',
    )
  }
  return proxy
}

/** The host in the request target is the one that counts, whatever the Host header said. Source: RFC 9112 §3.2.2. */
function relayedHeaders(message: IncomingMessage, authority: string, proxy: UpstreamProxy | undefined): string[] {
  const headers = [
    'Host',
    authority,
    ...forwardedHeaders(message.rawHeaders, ['host', 'expect']),
    'Via',
    '1.1 strongroom',
  ]
  if (message.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  else if (message.headers['content-length'] === undefined && mayHaveBody(message.method))
    headers.push('Content-Length', '0')
  if (proxy?.authorization !== undefined) headers.push('Proxy-Authorization', proxy.authorization)
  return headers
}

/** A far server may send any number; only a final status can be passed on. */
function finalStatus({ statusCode = 0 }: IncomingMessage): number {
  if (statusCode < 200 || statusCode > 599) throw new RangeError('The far server sent no final status.')
  return statusCode
}

function mayHaveBody(method: string | undefined): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

function unreachable(cause: unknown): ServiceError {
  return new ServiceError('unavailable', 'Unreachable', 'The host could not be reached.', { cause })
}

function refusedBy(status: number | undefined): ServiceError {
  return new ServiceError(
    'unavailable',
    'UpstreamProxyRefused',
    `The proxy that was set before answered ${status ?? 'nothing'}.`,
  )
}

function ownListener(): ServiceError {
  return new ServiceError('forbidden', 'OwnListener', 'The proxy does not pass requests on to this server itself.')
}
