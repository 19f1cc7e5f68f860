import { connect, type TLSSocket } from 'node:tls'

/** An answer as it came over the wire. */
export interface WireAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** Less than the minute after which the server gives up a request. */
const patienceMilliseconds = 50_000

/**
 * Sends bytes over TLS exactly as they are, which no HTTP client does, and reads until the server closes or has sent a whole
 * answer.
 */
export function sendBytes(port: number, servername: string, bytes: string | Buffer): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
    const chunks: Buffer[] = []
    const settle = (): void => {
      socket.destroy()
      resolve(parseAnswer(Buffer.concat(chunks)) ?? { status: 0, headers: new Map(), text: '' })
    }
    socket.setTimeout(patienceMilliseconds, () => {
      socket.destroy()
      reject(new Error('The server neither answered nor closed.'))
    })
    socket.once('secureConnect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (isWhole(Buffer.concat(chunks))) settle()
    })
    socket.on('end', settle)
    // A server that refuses a head it has not read to its end may reset the connection after its answer.
    socket.on('error', (failure) => (chunks.length > 0 ? settle() : reject(failure)))
  })
}

function isWhole(bytes: Buffer): boolean {
  const answer = parseAnswer(bytes)
  const length = answer?.headers.get('content-length')
  return answer !== undefined && length !== undefined && Buffer.byteLength(answer.text) >= Number(length)
}

function parseAnswer(bytes: Buffer): WireAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { status: Number(first.split(' ')[1]), headers, text: bytes.subarray(end + 4).toString('utf8') }
}
