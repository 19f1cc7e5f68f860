/**
 * A pooler in transaction mode, as pgbouncer is: each transaction of a client gets the server connection that was freed
 * last, and gives it back at its end. Just enough of it to see that the server refuses one.
 */
import { createServer, type Server, Socket } from 'node:net'
import pg from 'pg'

export interface TransactionPooler {
  readonly port: number
  close(): Promise<void>
}

interface Backend {
  readonly socket: Socket
  client: Frontend | undefined
  received: Buffer
}

interface Frontend {
  readonly socket: Socket
  started: boolean
  backend: Backend | undefined
  waiting: Buffer
}

// Messages of the protocol, version 3. Source: https://www.postgresql.org/docs/18/protocol-message-formats.html
const authenticationOk = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
const typeReadyForQuery = 0x5a
const typeTerminate = 0x58
const idle = 0x49

/** Starts a pooler in front of the database at `url`; its clients need no password. */
export async function startTransactionPooler(url: string, serverConnections: number): Promise<TransactionPooler> {
  const pool: Backend[] = []
  const waiting: Frontend[] = []
  const sockets: Socket[] = []
  for (let count = 0; count < serverConnections; count++) {
    const socket = new Socket()
    const client = new pg.Client({ connectionString: url, stream: () => socket })
    await client.connect()
    client.on('error', () => undefined)
    sockets.push(socket)
    socket.removeAllListeners('data')
    const backend: Backend = { socket, client: undefined, received: Buffer.alloc(0) }
    socket.on('data', (bytes: Buffer) => toFrontend(backend, bytes))
    pool.push(backend)
  }

  function toFrontend(backend: Backend, bytes: Buffer): void {
    backend.client?.socket.write(bytes)
    backend.received = Buffer.concat([backend.received, bytes])
    while (backend.received.length >= 5) {
      const length = backend.received.readUInt32BE(1) + 1
      if (backend.received.length < length) return
      const ended = backend.received[0] === typeReadyForQuery && backend.received[5] === idle
      backend.received = backend.received.subarray(length)
      if (ended) free(backend)
    }
  }

  function free(backend: Backend): void {
    if (backend.client !== undefined) backend.client.backend = undefined
    backend.client = undefined
    pool.push(backend)
    const next = waiting.shift()
    if (next !== undefined) toBackend(next)
  }

  function toBackend(frontend: Frontend): void {
    if (frontend.waiting.length === 0) return
    if (frontend.backend === undefined) {
      const backend = pool.pop()
      if (backend === undefined) {
        waiting.push(frontend)
        return
      }
      backend.client = frontend
      frontend.backend = backend
    }
    frontend.backend.socket.write(frontend.waiting)
    frontend.waiting = Buffer.alloc(0)
  }

  function accept(socket: Socket): void {
    const frontend: Frontend = { socket, started: false, backend: undefined, waiting: Buffer.alloc(0) }
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      if (!frontend.started) {
        // The startup packet, which clients send alone.
        frontend.started = true
        socket.write(Buffer.concat([authenticationOk, readyForQuery]))
      } else if (bytes[0] === typeTerminate) {
        socket.end()
      } else {
        frontend.waiting = Buffer.concat([frontend.waiting, bytes])
        toBackend(frontend)
      }
    })
  }

  const server = createServer(accept)
  const port = await listen(server)
  return {
    port,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('The pooler has no port.'))
      else resolve(address.port)
    })
  })
}
