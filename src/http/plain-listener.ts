import type { RequestListener, Server } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import {
  type Listening,
  listenOn,
  listenOnOtherLoopback,
  type ServerLimits,
  serverLimits,
  stopListening,
} from './listening.ts'
import { createServer as createHttpServer } from './node-http.ts'
import { answerUnparsable } from './unparsable.ts'

export interface PlainListenerOptions {
  readonly address: string
  readonly port: number
  readonly limits: ServerLimits
  readonly onRequest: (expectsContinue: boolean) => RequestListener
}

/** A listener without TLS, for what never leaves the machine or holds no secret: identity endpoint, health, proxy. */
export class PlainListener {
  readonly server: Server
  readonly #options: PlainListenerOptions
  #second: NetServer | undefined

  constructor(options: PlainListenerOptions) {
    this.#options = options
    const { limits, onRequest } = options
    this.server = createHttpServer(serverLimits(limits), onRequest(false))
    this.server.on('checkContinue', onRequest(true))
    answerUnparsable(this.server)
    this.server.maxConnections = limits.maximumConnections
    this.server.maxRequestsPerSocket = 0
  }

  /** Starts listening. Throws when the address or port cannot be had. */
  async listen(): Promise<Listening> {
    const { address, port, limits } = this.#options
    const listening = await listenOn(this.server, { address, port })
    const { maximumConnections } = limits
    const adopt = (socket: Socket): void => void this.server.emit('connection', socket)
    this.#second = await listenOnOtherLoopback(listening, { maximumConnections, adopt })
    return listening
  }

  /** Stops accepting; connections without a request close at once. */
  stopAccepting(): void {
    stopListening(this.#second)
    stopListening(this.server)
    this.server.closeIdleConnections()
  }

  closeAll(): void {
    this.server.closeAllConnections()
  }
}
