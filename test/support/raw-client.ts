import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { checkout, type RunningServer } from './running-server.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The `x-ms-client-request-id` that was sent; the audit record's `correlationId`. */
  readonly correlationId: string
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly host: string
  readonly token?: string
  readonly body?: string
  /** A body in pieces, in place of `body`; sent chunked. */
  readonly chunks?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

/** A plain HTTPS client that sends exactly what it is told, to one server, without retries. */
export class RawClient {
  readonly #port: number
  readonly #address: string
  readonly #agent: Agent

  constructor(port: number, options: { readonly connections?: number; readonly address?: string } = {}) {
    this.#port = port
    this.#address = options.address ?? '127.0.0.1'
    // The fault tests are about order and durability; trust is what the client suites test.
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 16, rejectUnauthorized: false })
  }

  send({ method = 'GET', path, host, token, body, chunks, headers }: RawRequest): Promise<RawAnswer> {
    const correlationId = randomUUID()
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          agent: this.#agent,
          host: this.#address,
          port: this.#port,
          servername: host.split(':')[0] ?? host,
          method,
          path,
          headers: {
            host,
            'x-ms-client-request-id': correlationId,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
              correlationId,
            }),
          )
        },
      )
      asked.on('error', reject)
      for (const chunk of chunks ?? []) asked.write(chunk)
      asked.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** An access token of an app's identity, through its own endpoint. */
export async function appToken(
  server: RunningServer,
  app: string,
  resource = 'https://vault.azure.net',
): Promise<string> {
  return server.command([
    'run',
    '--app',
    app,
    '--',
    process.execPath,
    join(checkout, 'test', 'support', 'print-token.ts'),
    resource,
  ])
}

/** An access token of the operator, as a command under `shell` gets it. */
export async function operatorToken(server: RunningServer, resource = 'https://vault.azure.net'): Promise<string> {
  return server.command([
    'shell',
    '--',
    process.execPath,
    join(checkout, 'test', 'support', 'print-token.ts'),
    resource,
  ])
}

/** All audit records of a server, parsed, in order; `flags` say where its database is, if not in its directory. */
export async function auditRecords(
  server: RunningServer,
  flags: readonly string[] = [],
): Promise<readonly AuditLine[]> {
  const text = await server.command(['audit', 'tail', ...flags, '-o', 'json'])
  const records: readonly AuditLine[] = JSON.parse(text === '' ? '[]' : text)
  return records
}

export interface AuditLine {
  readonly operationName: string
  readonly correlationId: string
  readonly properties: {
    readonly httpStatusCode: number
    readonly id?: string
    readonly requestUri: string
    readonly isAddressAuthorized?: boolean
    readonly privateEndpoint?: string
  }
  readonly strongroom: {
    readonly id: string
    readonly lane: number
    readonly sequence: number
    readonly decision: string
    readonly reason?: string
    readonly version?: string
  }
}
