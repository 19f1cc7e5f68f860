/**
 * http: listeners, TLS, the sessions' proxy, and the path of every request up to the gate. It knows surfaces as values
 * given by app, none of them by name, and takes from `operation/` nothing but types.
 */
import type { RequestListener } from 'node:http'
import type { WorkloadSessions } from '#authentication/workload-session.ts'
import type { Clock } from '#base/clock.ts'
import type { Guid } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import type { Gate } from '#operation/invoke.ts'
import type { Place, Surface } from '#operation/operation.ts'
import { ControlListener } from './control-listener.ts'
import { createHealthSurface, type ReadinessCheck } from './health.ts'
import { type HostRule, isLoopback } from './hosts.ts'
import { defaultServerLimits, type ServerLimits } from './listening.ts'
import { PassThrough } from './pass-through.ts'
import { Pipeline } from './pipeline.ts'
import { PlainListener } from './plain-listener.ts'
import { cloudShellHost, instanceMetadataHost, SessionProxy } from './session-proxy.ts'
import { keepTickShape } from './tick-shape.ts'
import { type Leaf, TlsListener } from './tls-listener.ts'
import type { UpstreamSettings } from './upstream.ts'

export interface HttpDependencies {
  readonly gate: Gate
  readonly clock: Clock
  readonly logger: Logger
  /** The tenant that requests are counted under when they name no host of ours. */
  readonly homePlace: Place
  /** The surfaces on the https listener, by host; the first rule that knows a host decides. */
  readonly hosts: readonly HostRule[]
  /** The managed identity endpoints: one on a loopback listener of its own, the others behind the proxy for sessions. */
  readonly identity: {
    readonly appService: Surface
    /** Answers as 169.254.169.254. */
    readonly imds: Surface
    /** Answers as `localhost:50342`, for operator sessions. */
    readonly cloudShell: Surface
    readonly place: Place
  }
  /** On the Unix socket. */
  readonly control: { readonly surface: Surface; readonly place: Place; readonly socketPath: string }
  readonly readinessChecks: readonly ReadinessCheck[]
  /** The server certificate for a name; undefined when the client named none. The same object while it stays in use. */
  leafFor(serverName: string | undefined): Leaf | Promise<Leaf>
  readonly proxy: {
    /** The Azure names and our own, in lower case and without port; they never leave this process. */
    isServedHost(hostname: string): boolean
    readonly sessions: Pick<WorkloadSessions, 'findByProxyCredentials'>
    /** The proxy settings that a session's caller had before ours. */
    upstreamOf(session: Guid): UpstreamSettings | undefined
    /** Whether sessions may reach other hosts. */
    readonly passesOthers: boolean
  }
  /** `address` is for https and health; proxy and identity endpoint stay on loopback. Port 0 takes a free one. */
  readonly listen: {
    readonly address: string
    readonly httpsPort: number
    readonly proxyPort: number
    readonly identityPort: number
    readonly healthPort: number
    /** Source networks: what comes in at such an address carries its name, and everything is answered there as on https. */
    readonly privateEndpoints: readonly PrivateEndpoint[]
  }
  readonly limits?: Partial<ServerLimits>
}

/** An address of its own, and the name that connections to it carry. */
export interface PrivateEndpoint {
  readonly name: string
  readonly address: string
  readonly port: number
}

export interface Addresses {
  readonly address: string
  readonly httpsPort: number
  readonly proxyPort: number
  readonly identityPort: number
  readonly healthPort: number
  readonly controlSocket: string
  readonly privateEndpoints: readonly PrivateEndpoint[]
}

export interface Http {
  /** Starts every listener. Throws when one cannot be had; then none is left open. */
  listen(): Promise<Addresses>
  /**
   * Stops accepting, lets requests under way finish with `Connection: close`, and closes every connection, at the latest
   * after the limit.
   */
  drain(limitMilliseconds: number): Promise<void>
}

const loopback = '127.0.0.1'
const connectMilliseconds = 10_000
const idleMilliseconds = 15 * 60 * 1000

/** Composes listeners, proxy and pipeline. Throws `TypeError` for operations whose routes cannot be told apart. */
export function createHttp(dependencies: HttpDependencies): Http {
  return new HttpServers(dependencies)
}

class HttpServers implements Http {
  readonly #its: HttpDependencies
  readonly #pipeline: Pipeline
  readonly #tls: TlsListener
  readonly #identity: PlainListener
  readonly #health: PlainListener
  readonly #control: ControlListener
  readonly #proxy: SessionProxy
  readonly #privateEndpoints: readonly { readonly name: string; readonly listener: TlsListener }[]
  #ownPorts: ReadonlySet<number> = new Set()

  constructor(dependencies: HttpDependencies) {
    this.#its = dependencies
    const { listen, identity, control, hosts } = dependencies
    const limits = { ...defaultServerLimits, ...dependencies.limits }
    this.#pipeline = new Pipeline(dependencies)
    const identityHosts = [ruleFor(identity.appService, identity.place, isLoopback)]
    const healthHosts = [ruleFor(createHealthSurface(dependencies.readinessChecks), dependencies.homePlace, () => true)]
    const controlHosts = [ruleFor(control.surface, control.place, () => true)]
    for (const rules of [hosts, identityHosts, healthHosts, controlHosts]) this.#pipeline.compile(rules)
    this.#tls = new TlsListener({
      address: listen.address,
      port: listen.httpsPort,
      limits,
      leafFor: (serverName) => dependencies.leafFor(serverName),
      onRequest: this.#listenerFor('https', hosts),
    })
    this.#privateEndpoints = listen.privateEndpoints.map(({ name, address, port }) => ({
      name,
      listener: new TlsListener({
        address,
        port,
        exactAddress: true,
        limits,
        leafFor: (serverName) => dependencies.leafFor(serverName),
        onRequest: this.#listenerFor('https', hosts, name),
      }),
    }))
    this.#identity = new PlainListener({
      address: loopback,
      port: listen.identityPort,
      limits,
      onRequest: this.#listenerFor('http', identityHosts),
    })
    this.#health = new PlainListener({
      address: listen.address,
      port: listen.healthPort,
      limits,
      onRequest: this.#listenerFor('http', healthHosts),
    })
    const { socketPath } = control
    this.#control = new ControlListener({ socketPath, limits, hosts: controlHosts, pipeline: this.#pipeline })
    this.#proxy = this.#createProxy(limits)
  }

  async listen(): Promise<Addresses> {
    keepTickShape()
    try {
      const https = await this.#tls.listen()
      const privateEndpoints: PrivateEndpoint[] = []
      for (const { name, listener } of this.#privateEndpoints) {
        privateEndpoints.push({ name, ...(await listener.listen()) })
      }
      const identity = await this.#identity.listen()
      const health = await this.#health.listen()
      const proxy = await this.#proxy.listen()
      await this.#control.listen()
      this.#ownPorts = new Set([https, identity, health, proxy, ...privateEndpoints].map(({ port }) => port))
      return {
        address: https.address,
        httpsPort: https.port,
        proxyPort: proxy.port,
        identityPort: identity.port,
        healthPort: health.port,
        controlSocket: this.#its.control.socketPath,
        privateEndpoints,
      }
    } catch (failure) {
      this.#stopAccepting()
      throw failure
    }
  }

  async drain(limitMilliseconds: number): Promise<void> {
    this.#stopAccepting()
    await this.#pipeline.drain(limitMilliseconds)
    for (const listener of this.#listeners()) listener.closeAll()
  }

  #listeners(): readonly (TlsListener | PlainListener | ControlListener | SessionProxy)[] {
    const privately = this.#privateEndpoints.map(({ listener }) => listener)
    return [this.#proxy, this.#tls, ...privately, this.#identity, this.#control, this.#health]
  }

  #stopAccepting(): void {
    for (const listener of this.#listeners()) listener.stopAccepting()
  }

  #createProxy(limits: ServerLimits): SessionProxy {
    const { proxy, identity, listen, logger } = this.#its
    const passThrough = new PassThrough({ ownPorts: () => this.#ownPorts, connectMilliseconds, idleMilliseconds })
    return new SessionProxy({
      address: loopback,
      port: listen.proxyPort,
      limits,
      isServedHost: (hostname) => proxy.isServedHost(hostname),
      adopt: (socket) => this.#tls.adopt(socket),
      pipeline: this.#pipeline,
      identityHosts: [
        ruleFor(identity.imds, identity.place, (hostname) => hostname === instanceMetadataHost),
        ruleFor(identity.cloudShell, identity.place, (hostname) => hostname === cloudShellHost),
      ],
      sessions: proxy.sessions,
      upstreamOf: (session) => proxy.upstreamOf(session),
      passesOthers: proxy.passesOthers,
      passThrough,
      logger,
    })
  }

  #listenerFor(
    scheme: 'http' | 'https',
    hosts: readonly HostRule[],
    privateEndpoint?: string,
  ): (expectsContinue: boolean) => RequestListener {
    return (expectsContinue) => {
      const entry = {
        scheme,
        hosts,
        ...(privateEndpoint === undefined ? {} : { privateEndpoint }),
        ...(expectsContinue ? { expectsContinue } : {}),
      }
      return (message, response) => void this.#pipeline.serve(message, response, entry)
    }
  }
}

function ruleFor(surface: Surface, place: Place, answers: (hostname: string) => boolean): HostRule {
  return { surface, resolve: (hostname) => (answers(hostname) ? place : undefined) }
}
