import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { answerIn, parseAnswer } from './client/service-answer.ts'
import { CommandError } from './command-error.ts'
import type { RunFile } from './run-file.ts'

/** Longer than a busy machine stands still: the folder is to be gone when the command has ended. */
const endMilliseconds = 10_000

const sessionShape = z.object({
  id: z.string(),
  kind: z.enum(['workload', 'operator']),
  identityEndpoint: z.string(),
  identityHeader: z.string(),
  proxyUrl: z.string(),
  variables: z.record(z.string(), z.string()),
  withheldSecrets: z.array(z.string()).default([]),
  caFile: z.string().optional(),
  azureConfigDirectory: z.string().optional(),
  azdConfigDirectory: z.string().optional(),
  expiresAt: z.string().optional(),
})
const errorShape = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** What a session is asked for with. */
export type SessionRequest = (
  | { readonly kind: 'operator' }
  | {
      readonly kind: 'workload'
      readonly app: { readonly name: string; readonly resourceGroup?: string }
      /** Whether `variables` is to hold the values of secret variables too. */
      readonly secretVariables?: boolean
    }
) & {
  readonly attached?: boolean
  readonly expiresInSeconds?: number
  readonly privateFolder?: boolean
  readonly formerProxy?: { readonly httpProxy?: string; readonly httpsProxy?: string; readonly noProxy?: string }
  readonly formerRoots?: { readonly replacing: readonly string[]; readonly added: readonly string[] }
}

/** A session of the control socket. An attached one lives as long as this object's connection. */
export interface ControlSession extends z.infer<typeof sessionShape> {
  /** Resolves when the server or the connection is gone. */
  readonly lost: Promise<void>
  /** Ends an attached session and resolves once its private folder is gone; leaves a detached one alone. Never throws. */
  end(): Promise<void>
}

/** Asks the server's control socket for a session. Throws `CommandError`: 2 when the socket cannot be reached, else 1 or 3. */
export async function startControlSession(server: RunFile, asked: SessionRequest): Promise<ControlSession> {
  const control = new ControlConnection(server)
  try {
    const answer = await control.send('POST', '/sessions', { ...asked, osUserId: process.getuid?.() ?? 0 })
    const session = answerIn(sessionShape, answer)
    const hasFolder = asked.attached !== false && asked.privateFolder !== false
    return {
      ...session,
      lost: control.lost,
      async end() {
        // The end of the connection ends the session too; only the answer says that its folder is gone.
        if (hasFolder)
          await Promise.race([control.send('DELETE', `/sessions/${session.id}`), patience()]).catch(() => {})
        control.close()
      },
    }
  } catch (failure) {
    control.close()
    throw failure
  }
}

/** A server that is ending or hangs must not hold up a command that has done its work. */
function patience(): Promise<void> {
  return delay(endMilliseconds, undefined, { ref: false })
}

/** One request over the control socket. */
export async function sendControlRequest(
  server: RunFile,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const control = new ControlConnection(server)
  try {
    return await control.send(method, path, body)
  } finally {
    control.close()
  }
}

class ControlConnection {
  readonly #socketPath: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly lost: Promise<void>
  #lose: () => void = () => undefined

  constructor(server: RunFile) {
    this.#socketPath = server.controlSocket
    this.lost = new Promise((resolve) => {
      this.#lose = resolve
    })
  }

  send(method: string, path: string, body?: unknown): Promise<unknown> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          agent: this.#agent,
          socketPath: this.#socketPath,
          method,
          path,
          headers: {
            host: 'localhost',
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'))
            const status = response.statusCode ?? 0
            if (status >= 200 && status < 300) resolve(answer)
            else reject(failureOf(status, answer))
          })
        },
      )
      asked.once('socket', (socket: Socket) => socket.once('close', () => this.#lose()))
      asked.on('error', (cause) =>
        reject(new CommandError(`The server's control socket does not answer: ${cause.message}.`, 2, { cause })),
      )
      asked.end(text)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function failureOf(status: number, body: unknown): CommandError {
  const parsed = errorShape.safeParse(body)
  if (!parsed.success) return new CommandError(`The server answered ${status}.`, 1)
  return new CommandError(`(${parsed.data.error.code}) ${parsed.data.error.message}`, status === 404 ? 3 : 1)
}
