import type { ServerOptions } from 'node:http'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { ServiceError } from '#base/errors.ts'
import { isLoopback } from './hosts.ts'

/** Where a listener was bound. */
export interface Listening {
  readonly address: string
  readonly port: number
}

/** Limits of one listener; they hold before anything is parsed. */
export interface ServerLimits {
  readonly maximumConnections: number
  /** Bytes of request line and headers together; more is answered 431 by the parser. */
  readonly maximumHeaderBytes: number
  readonly headersMilliseconds: number
  /** From the first byte of a request to the last of its body. */
  readonly requestMilliseconds: number
  /** How long an idle connection is kept: long, for clients that poll dislike being cut off. */
  readonly keepAliveMilliseconds: number
}

export const defaultServerLimits: ServerLimits = {
  maximumConnections: 10_000,
  maximumHeaderBytes: 32 * 1024,
  headersMilliseconds: 20_000,
  requestMilliseconds: 60_000,
  keepAliveMilliseconds: 240_000,
}

export function serverLimits(limits: ServerLimits): ServerOptions {
  return {
    maxHeaderSize: limits.maximumHeaderBytes,
    headersTimeout: limits.headersMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.keepAliveMilliseconds,
    connectionsCheckingInterval: 5000,
    // A request that announces no body never becomes a stream: its events, which nobody listens to, cost more than the gate.
    optimizeEmptyRequests: true,
    noDelay: true,
  }
}

/** Binds a server. Throws `conflict` / `AddressInUse` or `AddressUnavailable` when the address or port cannot be had. */
export function listenOn(server: NetServer, at: Listening): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(cannotListen(cause, at))
    server.once('error', fail)
    server.listen({ host: at.address, port: at.port, ipv6Only: true }, () => {
      server.off('error', fail)
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : at.port
      resolve({ address: at.address, port })
    })
  })
}

function cannotListen(cause: Error, { address, port }: Listening): ServiceError {
  if ('code' in cause && cause.code === 'EADDRINUSE') {
    const remedy = 'Stop what listens there, or choose another port (0 takes a free one).'
    return new ServiceError('conflict', 'AddressInUse', `Port ${port} of ${address} is in use. ${remedy}`, { cause })
  }
  const why = 'code' in cause && cause.code === 'EACCES' ? 'this user may not listen there' : 'there is no such address'
  return new ServiceError('conflict', 'AddressUnavailable', `Port ${port} of ${address} cannot be had: ${why}.`, {
    cause,
  })
}

export function stopListening(server: NetServer | undefined): void {
  if (server?.listening === true) server.close()
}

/**
 * Listens on the machine's other loopback address too (`::1` beside 127.0.0.1), at the same port, and hands each
 * connection to `adopt`. Undefined when the first address is no loopback address or the machine has no such address.
 * Throws when the port is taken there, for clients that look up `localhost` would then reach somebody else.
 */
export async function listenOnOtherLoopback(
  first: Listening,
  options: { readonly maximumConnections: number; readonly adopt: (socket: Socket) => void },
): Promise<NetServer | undefined> {
  if (!isLoopback(first.address)) return undefined
  const server = createServer({ noDelay: true }, options.adopt)
  server.maxConnections = options.maximumConnections
  try {
    await listenOn(server, { address: first.address === '::1' ? '127.0.0.1' : '::1', port: first.port })
    return server
  } catch (failure) {
    if (failure instanceof ServiceError && failure.code === 'AddressInUse') throw failure
    return undefined
  }
}
