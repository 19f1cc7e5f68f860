import { request } from 'node:http'
import type { Socket } from 'node:net'
import { type ProcessOptions, StrongroomProcess } from './strongroom-process.ts'

/** What a session gives the command that it starts. */
export interface GivenToCommand {
  readonly identityEndpoint: string
  readonly identityHeader: string
  readonly proxyUrl: string
}

export interface PlainAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** A shell script's line that prints what `parseGiven` reads. */
export const tellGiven = 'echo "$IDENTITY_ENDPOINT $IDENTITY_HEADER $HTTP_PROXY"'

/** Reads the first line that a script with `tellGiven` printed. */
export function parseGiven(stdout: string): GivenToCommand {
  const [identityEndpoint = '', identityHeader = '', proxyUrl = ''] = (stdout.split('\n')[0] ?? '').split(' ')
  return { identityEndpoint, identityHeader, proxyUrl }
}

/** A command under `run` or `shell` that tells what it was given and stays until it is ended. */
export class LiveSession {
  readonly given: GivenToCommand
  readonly #process: StrongroomProcess

  private constructor(running: StrongroomProcess) {
    this.#process = running
    this.given = parseGiven(running.stdout)
  }

  /** `words` is the command line up to `--`, and may go on with a command that ends in another such line. */
  static async start(words: readonly string[], options: ProcessOptions = {}): Promise<LiveSession> {
    const script = `${tellGiven}; echo ready; cat >/dev/null`
    const running = new StrongroomProcess([...words, '--', 'sh', '-c', script], options)
    await running.says('ready')
    return new LiveSession(running)
  }

  async end(): Promise<void> {
    this.#process.child.stdin.end()
    await this.#process.ended
  }
}

/** A token request to the endpoint that the session was given, App Service form 2019-08-01. */
export function askIdentity(
  given: GivenToCommand,
  resource = 'https://vault.azure.net',
  selector: Readonly<Record<string, string>> = {},
): Promise<PlainAnswer> {
  const url = new URL(given.identityEndpoint)
  url.searchParams.set('api-version', '2019-08-01')
  url.searchParams.set('resource', resource)
  for (const [name, value] of Object.entries(selector)) url.searchParams.set(name, value)
  return send({
    port: url.port,
    path: url.pathname + url.search,
    headers: { host: url.host, 'x-identity-header': given.identityHeader },
  })
}

export interface ProxiedRequest {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether the credentials of the proxy's URL are sent along; default yes. */
  readonly credentials?: boolean
}

/** A request in absolute form to the session's proxy. */
export function askProxy({ proxyUrl }: GivenToCommand, asked: ProxiedRequest): Promise<PlainAnswer> {
  const { method = 'GET', url, headers, body, credentials = true } = asked
  return send({
    port: new URL(proxyUrl).port,
    method,
    path: url,
    headers: { host: new URL(url).host, ...(credentials ? authorizationOf(proxyUrl) : {}), ...headers },
    ...(body === undefined ? {} : { body }),
  })
}

/** A CONNECT to the session's proxy: its status, and the tunnel when that is 200. */
export function connectThrough(
  { proxyUrl }: GivenToCommand,
  authority: string,
  options: { readonly credentials?: boolean } = {},
): Promise<{ readonly status: number; readonly socket: Socket }> {
  const { credentials = true } = options
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: new URL(proxyUrl).port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(credentials ? authorizationOf(proxyUrl) : {}) },
    })
    asked.on('connect', (response, socket: Socket) => {
      socket.on('error', () => undefined)
      resolve({ status: response.statusCode ?? 0, socket })
    })
    asked.on('error', reject)
    asked.end()
  })
}

function authorizationOf(proxyUrl: string): Record<string, string> {
  const { username, password } = new URL(proxyUrl)
  return { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

function send(asked: {
  readonly port: string
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const { port, method = 'GET', path, headers, body } = asked
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
