import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authentication } from '#authentication/caller.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { PrincipalId } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import type { Gate } from '#operation/invoke.ts'
import type { ConnectionMemory, Place, Refusal, RequestFacts, Surface } from '#operation/operation.ts'
import { announcesBody, announcesTooMuch, discardBody, emptyBody, readBody } from './body.ts'
import { type Connection, connectionOf, EdgeFacts, EdgeRequest, type Entry, KnownHost } from './edge-request.ts'
import { createEdgeSurface } from './edge-surface.ts'
import { type HostRule, parseAuthority } from './hosts.ts'
import { type Answer, render } from './render.ts'
import { RequestHead } from './request-head.ts'
import { compileRoutes, type Resolution, resolveTarget } from './resolution.ts'
import { Turns } from './turns.ts'

export interface PipelineDependencies {
  readonly gate: Gate
  readonly clock: Clock
  readonly logger: Logger
  /** What requests belong to that name no host of ours; only counted there, never served. */
  readonly homePlace: Place
}

/** One request on its way through. */
interface Exchange {
  readonly message: IncomingMessage
  readonly head: RequestHead
  readonly response: ServerResponse
  readonly connection: Connection
  readonly entry: Entry
  readonly facts: RequestFacts
  readonly host: Pick<KnownHost, 'text' | 'origin'>
}

/** Where a request is for. */
interface Site {
  readonly surface: Surface
  readonly place: Place
}

/**
 * The path of every request: host, faults of the raw target, size, authentication, route and api-version, body, gate,
 * answer, in this order. Knows no surface by name.
 */
export class Pipeline {
  readonly #its: PipelineDependencies
  readonly #edge: Site
  /** Of callers with bodies larger than their surface's: nobody was authorised yet, and together they could fill the memory. */
  readonly #largeBodies = new Turns<PrincipalId>()
  #inFlight = 0
  #draining = false
  #idle: (() => void) | undefined

  constructor(dependencies: PipelineDependencies) {
    this.#its = dependencies
    this.#edge = { surface: createEdgeSurface(), place: dependencies.homePlace }
  }

  /** Compiles the routes of every surface, so that a mistake in one shows at start. */
  compile(hosts: readonly HostRule[]): void {
    for (const rule of hosts) compileRoutes(rule.surface)
  }

  /** Answers one request. Never rejects. */
  async serve(message: IncomingMessage, response: ServerResponse, entry: Entry): Promise<void> {
    const connection = connectionOf(message.socket)
    const head = new RequestHead(message.rawHeaders)
    const facts = new EdgeFacts(head, { connection, entry }, this.#its.clock.monotonicMilliseconds())
    const host = this.#hostOf(head, connection, entry)
    const exchange: Exchange = { message, head, response, connection, entry, facts, host: host ?? noHost }
    let site = this.#edge
    let endTurn: (() => void) | undefined
    this.#inFlight++
    try {
      const found = host === undefined ? undefined : this.#siteFor(host)
      site = (found instanceof Promise ? await found : found) ?? site
      const memory = connection.enter(site.surface)
      const resolution = this.#admit(exchange, site)
      if (resolution === undefined) return
      const pending = this.#authenticate(exchange, { site, resolution, memory })
      const authentication = pending instanceof Promise ? await pending : pending
      const chosen = this.#choose(exchange, site, { resolution, authentication })
      if (chosen === undefined) return
      const caller = authentication?.outcome === 'authenticated' ? authentication.caller : undefined
      if (caller !== undefined && mayBeLarge(head, site.surface, chosen)) {
        endTurn = await this.#largeBodies.take(caller.principal)
      }
      const body = announcesBody(head)
        ? await this.#readBody(exchange, site, maximumBodyOf(site.surface, chosen))
        : emptyBody()
      if (body === undefined) return
      const request = requestOf(exchange, site.place, { chosen, body })
      const { surface } = site
      const answer = await this.#its.gate.invoke({ surface, operation: chosen.operation, request, caller })
      this.#render(exchange, surface, answer)
    } catch (failure) {
      this.#fail(exchange, site, failure)
    } finally {
      endTurn?.()
      this.#inFlight--
      if (this.#inFlight === 0) this.#idle?.()
    }
  }

  /** From now on answers ask the client to close. Resolves when no request is under way, at the latest after the limit. */
  async drain(limitMilliseconds: number): Promise<void> {
    this.#draining = true
    if (this.#inFlight === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMilliseconds)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Splits the Host header, unless it is the one this connection sent before. Undefined when it is not a usable one. */
  #hostOf(head: RequestHead, connection: Connection, entry: Entry): KnownHost | undefined {
    const text = entry.authority ?? head.host
    if (text === undefined) return undefined
    const last = connection.host
    if (last !== undefined && last.text === text && last.hosts === entry.hosts) return last
    const authority = parseAuthority(text)
    if (authority === undefined) return undefined
    connection.host = new KnownHost(authority, entry.scheme, entry.hosts)
    return connection.host
  }

  /** The rule that knew this host before is asked first: what the host stands for may have changed, not whose it is. */
  #siteFor(host: KnownHost): Site | undefined | Promise<Site | undefined> {
    const { rule, hostname } = host
    if (rule === undefined) return searchSite(host)
    const { surface } = rule
    const place = rule.resolve(hostname)
    if (place === undefined) return searchSite(host)
    if (!(place instanceof Promise)) return { surface, place }
    return place.then((known) => (known === undefined ? searchSite(host) : { surface, place: known }))
  }

  /** Host, raw target and announced size; undefined when one of them was refused. Nothing in here waits. */
  #admit(exchange: Exchange, site: Site): Exclude<Resolution, { kind: 'fault' }> | undefined {
    const { surface } = site
    if (surface === this.#edge.surface) {
      this.#refuse(exchange, site, { reason: 'unsupported-host' })
      return undefined
    }
    const resolution = this.#resolve(exchange, surface)
    if (resolution.kind === 'fault') {
      this.#refuse(exchange, site, { reason: resolution.reason })
      return undefined
    }
    const maximumBytes = maximumBodyOf(surface, resolution)
    if (announcesTooMuch(exchange.head, maximumBytes)) {
      this.#refuseBody(exchange, site, maximumBytes)
      return undefined
    }
    return resolution
  }

  /** Who calls; undefined where nobody is asked. Answers at once for a token that this connection has sent before. */
  #authenticate(
    { head, host }: Exchange,
    asked: { readonly site: Site; readonly resolution: Resolution; readonly memory: ConnectionMemory },
  ): Authentication | undefined | Promise<Authentication> {
    const { surface, place } = asked.site
    const { resolution, memory } = asked
    const open =
      resolution.kind === 'operation'
        ? resolution.operation.open !== undefined
        : resolution.kind === 'refusal' && resolution.open
    if (open || surface.authenticate === undefined) return undefined
    return surface.authenticate({ authorization: head.authorization, place, host: host.text, connection: memory })
  }

  /** The operation that is to run, once it is known who calls; undefined when the request was refused. */
  #choose(
    exchange: Exchange,
    site: Site,
    known: {
      readonly resolution: Exclude<Resolution, { kind: 'fault' }>
      readonly authentication: Authentication | undefined
    },
  ): Extract<Resolution, { kind: 'operation' }> | undefined {
    const { resolution, authentication } = known
    if (authentication?.outcome === 'refused') {
      this.#refuse(exchange, site, { reason: 'unauthenticated', token: authentication })
      return undefined
    }
    if (site.place.kind === 'unknown-vault') {
      this.#refuse(exchange, site, { reason: 'unknown-vault' })
      return undefined
    }
    if (resolution.kind === 'operation') return resolution
    this.#refuse(exchange, site, resolution.refusal)
    return undefined
  }

  /** The whole body; undefined when it was too large, which has been answered, or the client is gone. */
  async #readBody(exchange: Exchange, site: Site, maximumBytes: number): Promise<Buffer | undefined> {
    const { message, response, entry } = exchange
    if (entry.expectsContinue === true) response.writeContinue()
    const read = await readBody(message, maximumBytes)
    if (read.kind === 'body') return read.bytes
    if (read.kind === 'too-large') this.#refuseBody(exchange, site, maximumBytes)
    return undefined
  }

  /** Most connections send the same request line again and again; it comes to the same thing each time. */
  #resolve({ message, connection, entry }: Exchange, surface: Surface): Resolution {
    const target = entry.target ?? message.url ?? ''
    const method = message.method ?? ''
    if (connection.resolution !== undefined && connection.target === target && connection.method === method) {
      return connection.resolution
    }
    const resolution = resolveTarget(surface, method, target)
    connection.target = target
    connection.method = method
    connection.resolution = resolution
    return resolution
  }

  #refuseBody(exchange: Exchange, site: Site, maximumBytes: number): void {
    this.#refuse(exchange, site, { reason: 'body-too-large', maximumBytes })
  }

  #refuse(exchange: Exchange, { surface, place }: Site, refusal: Refusal): void {
    const { host, facts } = exchange
    this.#its.gate.refused(refusal, { surface, facts, place })
    const path = pathOf(exchange)
    const request = { place, host: host.text, origin: host.origin, path, facts }
    this.#render(exchange, surface, surface.dialect.refuse(refusal, request))
  }

  #fail(exchange: Exchange, { surface }: Site, failure: unknown): void {
    const { facts } = exchange
    let error: ServiceError
    if (failure instanceof ServiceError && failure.kind !== 'internal') {
      error = failure
    } else {
      const cause = failure instanceof Error ? failure : undefined
      this.#its.logger.error('A request failed at the edge.', { requestId: facts.requestId, cause })
      const sentence = `The request failed. Request id: ${facts.requestId}.`
      error = new ServiceError('internal', 'InternalServerError', sentence, { cause: failure })
    }
    try {
      this.#render(exchange, surface, surface.dialect.error(error, facts))
    } catch (cause) {
      this.#its.logger.error('An answer could not be written.', {
        requestId: facts.requestId,
        cause: cause instanceof Error ? cause : undefined,
      })
      exchange.response.destroy()
    }
  }

  #render({ message, head, response, entry, facts }: Exchange, surface: Surface, answer: Answer): void {
    const unread = !message.complete && announcesBody(head)
    const close = this.#draining || (unread && entry.expectsContinue === true)
    render(response, answer, { common: surface.dialect.headers(facts), close })
    if (unread) discardBody(message)
  }
}

function requestOf(
  { message, facts, host, entry }: Exchange,
  place: Place,
  known: { readonly chosen: Extract<Resolution, { kind: 'operation' }>; readonly body: Buffer },
): EdgeRequest {
  const { body, chosen } = known
  const { apiVersion, path, query } = chosen
  const { session, channel } = entry
  const { origin } = host
  return new EdgeRequest(message, { place, origin, path, query, apiVersion, body, facts, session, channel })
}

/** How large a body may be; a path that leads nowhere has the surface's limit. */
function maximumBodyOf(surface: Surface, resolution: Resolution): number {
  const own = resolution.kind === 'operation' ? resolution.operation.maximumBodyBytes : undefined
  return own ?? surface.maximumBodyBytes
}

/** Whether a body may follow that is larger than the surface's limit, which the operation has raised. */
function mayBeLarge(head: RequestHead, surface: Surface, chosen: Resolution): boolean {
  return (
    maximumBodyOf(surface, chosen) > surface.maximumBodyBytes &&
    (head.hasTransferEncoding || announcesTooMuch(head, surface.maximumBodyBytes))
  )
}

/** Stands in for a Host header that was not usable, whose text is shown to nobody. */
const noHost = { text: '', origin: '' }

async function searchSite(host: KnownHost): Promise<Site | undefined> {
  for (const rule of host.hosts) {
    const place = await rule.resolve(host.hostname)
    if (place === undefined) continue
    host.rule = rule
    return { surface: rule.surface, place }
  }
  return undefined
}

function pathOf({ message, entry }: Exchange): string {
  const target = entry.target ?? message.url ?? ''
  const mark = target.indexOf('?')
  return mark === -1 ? target : target.slice(0, mark)
}
