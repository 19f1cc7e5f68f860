import type { RequestListener } from 'node:http'
import { createServer as createTlsServer, type Server } from 'node:https'
import type { Server as NetServer, Socket } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import {
  type Listening,
  listenOn,
  listenOnOtherLoopback,
  type ServerLimits,
  serverLimits,
  stopListening,
} from './listening.ts'
import { answerUnparsable } from './unparsable.ts'

/** A server certificate in use. The same object is given as long as it is the one to use. */
export interface Leaf {
  /** PEM: the leaf, then its issuers. */
  readonly certificatePem: string
  readonly privateKeyPem: string
}

export interface TlsListenerOptions {
  readonly address: string
  readonly port: number
  readonly limits: ServerLimits
  /** Listens on this very address: not on the machine's other loopback address too. */
  readonly exactAddress?: true
  /** The certificate for the name a client asks for in its hello; undefined when it named none. Cheap: asked per handshake. */
  leafFor(serverName: string | undefined): Leaf | Promise<Leaf>
  readonly onRequest: (expectsContinue: boolean) => RequestListener
}

/** How often the certificate for clients that name no host is looked at for renewal. */
const renewalCheckMilliseconds = 60 * 60 * 1000
const handshakeMilliseconds = 10_000

/**
 * The https listener. Certificates are chosen by SNI; TLS 1.2 is the least; sessions can be resumed by ticket. On a
 * loopback address it listens on 127.0.0.1 and ::1, the latter where the machine has it, unless told otherwise.
 */
export class TlsListener {
  readonly #options: TlsListenerOptions
  readonly #contexts = new WeakMap<Leaf, SecureContext>()
  readonly #adopted = new Set<Socket>()
  #server: Server | undefined
  #second: NetServer | undefined
  #renewal: NodeJS.Timeout | undefined
  #defaultLeaf: Leaf | undefined

  constructor(options: TlsListenerOptions) {
    this.#options = options
  }

  /** Starts listening. Throws when the address or port cannot be had. */
  async listen(): Promise<Listening> {
    const { address, port, limits, onRequest } = this.#options
    const leaf = await this.#options.leafFor(undefined)
    this.#defaultLeaf = leaf
    const server = createTlsServer(
      {
        ...serverLimits(limits),
        cert: leaf.certificatePem,
        key: leaf.privateKeyPem,
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: handshakeMilliseconds,
        SNICallback: (name, answer) => this.#chooseContext(name, answer),
      },
      onRequest(false),
    )
    server.on('checkContinue', onRequest(true))
    answerUnparsable(server)
    server.maxConnections = limits.maximumConnections
    server.maxRequestsPerSocket = 0
    this.#server = server
    const listening = await listenOn(server, { address, port })
    if (this.#options.exactAddress !== true) {
      const { maximumConnections } = limits
      const adopt = (socket: Socket): void => this.adopt(socket)
      this.#second = await listenOnOtherLoopback(listening, { maximumConnections, adopt })
    }
    this.#renewal = setInterval(() => void this.#renewDefault(), renewalCheckMilliseconds).unref()
    return listening
  }

  /** Serves a connection that arrived elsewhere (the proxy) as if it had come to this listener; bytes already read must have been put back. */
  adopt(socket: Socket): void {
    this.#adopted.add(socket)
    socket.on('close', () => this.#adopted.delete(socket))
    if (this.#server === undefined) socket.destroy()
    else this.#server.emit('connection', socket)
  }

  /** Stops accepting; connections without a request close at once. */
  stopAccepting(): void {
    clearInterval(this.#renewal)
    stopListening(this.#second)
    stopListening(this.#server)
    this.#server?.closeIdleConnections()
  }

  closeAll(): void {
    this.#server?.closeAllConnections()
    for (const socket of this.#adopted) socket.destroy()
  }

  #chooseContext(name: string, answer: (error: Error | null, context?: SecureContext) => void): void {
    Promise.resolve(this.#options.leafFor(name)).then(
      (leaf) => answer(null, this.#contextOf(leaf)),
      (failure: unknown) => answer(failure instanceof Error ? failure : new Error('No certificate.')),
    )
  }

  #contextOf(leaf: Leaf): SecureContext {
    let context = this.#contexts.get(leaf)
    if (context === undefined) {
      context = createSecureContext({ cert: leaf.certificatePem, key: leaf.privateKeyPem, minVersion: 'TLSv1.2' })
      this.#contexts.set(leaf, context)
    }
    return context
  }

  async #renewDefault(): Promise<void> {
    try {
      const leaf = await this.#options.leafFor(undefined)
      if (leaf === this.#defaultLeaf) return
      this.#defaultLeaf = leaf
      this.#server?.setSecureContext({ cert: leaf.certificatePem, key: leaf.privateKeyPem, minVersion: 'TLSv1.2' })
    } catch {
      // The certificate in use stays until the next look; handshakes that name a host get their error from leafFor.
    }
  }
}
