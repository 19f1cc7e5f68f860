import { chmod, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Channel } from '#operation/operation.ts'
import type { Entry } from './edge-request.ts'
import type { HostRule } from './hosts.ts'
import { type ServerLimits, serverLimits } from './listening.ts'
import { createServer } from './node-http.ts'
import type { Pipeline } from './pipeline.ts'

export interface ControlListenerOptions {
  /**
   * Where the socket is made, in a directory that only the server's OS user may enter: Node cannot ask who is on the
   * other end of a Unix socket, so the file system is what keeps others out.
   */
  readonly socketPath: string
  readonly limits: ServerLimits
  readonly hosts: readonly HostRule[]
  readonly pipeline: Pipeline
}

/** The local control socket: HTTP over a Unix socket of mode 0600. Connections are kept for as long as clients hold them. */
export class ControlListener {
  readonly #options: ControlListenerOptions
  readonly #server: Server
  readonly #entries = new WeakMap<Socket, Entry>()

  constructor(options: ControlListenerOptions) {
    this.#options = options
    this.#server = createServer(serverLimits({ ...options.limits, keepAliveMilliseconds: 0 }), (message, response) => {
      void this.#serve(message, response)
    })
    this.#server.maxConnections = options.limits.maximumConnections
  }

  /** Starts listening, in place of a socket that a killed server left behind. Throws when the path cannot be had. */
  async listen(): Promise<void> {
    const { socketPath } = this.#options
    await rm(socketPath, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socketPath, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    await chmod(socketPath, 0o600)
  }

  stopAccepting(): void {
    if (this.#server.listening) this.#server.close()
    this.#server.closeIdleConnections()
  }

  closeAll(): void {
    this.#server.closeAllConnections()
  }

  #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#options.pipeline.serve(message, response, this.#entryOf(message.socket))
  }

  #entryOf(socket: Socket): Entry {
    let entry = this.#entries.get(socket)
    if (entry === undefined) {
      entry = { scheme: 'http', hosts: this.#options.hosts, authority: 'localhost', channel: channelOf(socket) }
      this.#entries.set(socket, entry)
    }
    return entry
  }
}

function channelOf(socket: Socket): Channel {
  return {
    onClosed(listener) {
      if (socket.destroyed) listener()
      else socket.once('close', listener)
    },
  }
}
