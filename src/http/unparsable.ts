import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'

interface Said {
  readonly status: string
  readonly code: string
  readonly message: string
}

const malformed: Said = { status: '400 Bad Request', code: 'BadRequest', message: 'The request is not valid HTTP.' }
const byParserCode: Readonly<Record<string, Said>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'RequestHeaderFieldsTooLarge',
    message: 'The request line and headers are too large.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: '413 Payload Too Large',
    code: 'RequestEntityTooLarge',
    message: 'The extensions of a chunk are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'RequestTimeout',
    message: 'The request did not arrive in time.',
  },
}

/** How long a client may take to read its answer; closing at once would reset the connection under it. */
const lingerMilliseconds = 1000

/**
 * Answers what is not HTTP, and so reaches no surface, in the form that Key Vault and the resource manager share, and closes:
 * nothing after it on the connection can be trusted. For listeners whose answers are each written whole.
 */
export function answerUnparsable(server: HttpServer | HttpsServer): void {
  const answered = new WeakSet<Duplex>()
  server.on('clientError', (failure: Error, socket: Duplex) => {
    // What the client is still sending is not HTTP either, and is thrown away.
    if (answered.has(socket)) return
    const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : ''
    if (!socket.writable || code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    answered.add(socket)
    const said = byParserCode[code] ?? malformed
    const body = JSON.stringify({ error: { code: said.code, message: said.message } })
    socket.end(
      `HTTP/1.1 ${said.status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    )
    const timer = setTimeout(() => socket.destroy(), lingerMilliseconds)
    socket.once('close', () => clearTimeout(timer))
  })
}
