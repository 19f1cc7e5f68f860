import type { Operation, Surface } from '#operation/operation.ts'
import { VersionChoice } from './api-version.ts'

/** What a method and path lead to. */
export type RouteResult =
  | { readonly kind: 'found'; readonly choice: VersionChoice; readonly path: Readonly<Record<string, string>> }
  | { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown-route' }

interface Leaf {
  readonly choice: VersionChoice
  /** Names of the captured segments, in order. */
  readonly names: readonly string[]
  /** Optional parameters that this spelling of the path leaves out. */
  readonly absent: readonly string[]
}

class Node {
  readonly literals = new Map<string, Node>()
  parameter: Node | undefined
  /** The place of an optional parameter that was sent as an empty segment. */
  empty: Node | undefined
  leaf: Leaf | undefined

  /** Literals are tried before parameters. An empty segment fills an optional place, else it is passed over. */
  find(segments: readonly string[], at: number, captured: string[]): Leaf | undefined {
    const segment = segments[at]
    if (segment === undefined) return this.leaf
    if (segment === '') return this.empty?.find(segments, at + 1, captured) ?? this.find(segments, at + 1, captured)
    const literal = this.literals.get(segment) ?? this.literals.get(segment.toLowerCase())
    const found = literal?.find(segments, at + 1, captured)
    if (found !== undefined || this.parameter === undefined) return found
    captured.push(segment)
    const leaf = this.parameter.find(segments, at + 1, captured)
    if (leaf === undefined) captured.pop()
    return leaf
  }
}

interface MethodRoutes {
  readonly root: Node
  /** Routes that begin with a greedy parameter, below the name of that parameter. */
  readonly tails: Map<string, Node>
}

type TemplateSegment = { readonly literal: string } | { readonly parameter: string; readonly optional: boolean }

/** One surface's operations by method and path, compiled once. Does no I/O; finding allocates only what it returns. */
export class RouteTable {
  readonly #methods = new Map<string, MethodRoutes>()
  readonly #rule: Surface['apiVersions']

  /** Throws `TypeError` for a malformed template or two operations that no request could tell apart. */
  constructor(operations: readonly Operation[], rule: Surface['apiVersions']) {
    this.#rule = rule
    for (const operation of operations) this.#add(operation)
  }

  find(method: string, segments: readonly string[]): RouteResult {
    const found = this.#findFor(method, segments)
    if (found !== undefined) return found
    const allowed = [...this.#methods.keys()].filter((other) => this.#findFor(other, segments) !== undefined)
    return allowed.length === 0 ? { kind: 'unknown-route' } : { kind: 'method-not-allowed', allowed }
  }

  #findFor(method: string, segments: readonly string[]): RouteResult | undefined {
    const routes = this.#methods.get(method)
    if (routes === undefined) return undefined
    const captured: string[] = []
    const leaf = routes.root.find(segments, 0, captured)
    if (leaf !== undefined) return { kind: 'found', choice: leaf.choice, path: parametersOf(leaf, captured) }
    return routes.tails.size === 0 ? undefined : findTail(routes.tails, segments)
  }

  #add(operation: Operation): void {
    const template = parseTemplate(operation)
    let routes = this.#methods.get(operation.method)
    if (routes === undefined) {
      routes = { root: new Node(), tails: new Map() }
      this.#methods.set(operation.method, routes)
    }
    let start = routes.root
    if (template.greedy !== undefined) {
      start = routes.tails.get(template.greedy) ?? new Node()
      routes.tails.set(template.greedy, start)
    }
    this.#insert(start, template.segments, { operation, names: [], absent: [] })
  }

  #insert(
    node: Node,
    rest: readonly TemplateSegment[],
    so: { readonly operation: Operation; readonly names: readonly string[]; readonly absent: readonly string[] },
  ): void {
    const [segment, ...after] = rest
    if (segment === undefined) {
      this.#addLeaf(node, so)
    } else if ('literal' in segment) {
      const next = node.literals.get(segment.literal) ?? new Node()
      node.literals.set(segment.literal, next)
      this.#insert(next, after, so)
    } else {
      node.parameter ??= new Node()
      this.#insert(node.parameter, after, { ...so, names: [...so.names, segment.parameter] })
      if (!segment.optional) return
      const left = { ...so, absent: [...so.absent, segment.parameter] }
      node.empty ??= new Node()
      this.#insert(node.empty, after, left)
      this.#insert(node, after, left)
    }
  }

  #addLeaf(
    node: Node,
    so: { readonly operation: Operation; readonly names: readonly string[]; readonly absent: readonly string[] },
  ): void {
    node.leaf ??= { choice: new VersionChoice(this.#rule), names: so.names, absent: so.absent }
    if (node.leaf.names.join() !== so.names.join() || node.leaf.absent.join() !== so.absent.join()) {
      throw new TypeError(`Operation '${so.operation.id}' names the parameters of its path unlike another operation.`)
    }
    node.leaf.choice.add(so.operation)
  }
}

/** A greedy parameter takes as many leading segments as it can; empty segments mean nothing in such paths. */
function findTail(tails: ReadonlyMap<string, Node>, segments: readonly string[]): RouteResult | undefined {
  const named = segments.filter((segment) => segment !== '')
  for (const [name, root] of tails) {
    for (let length = named.length; length >= 0; length--) {
      const captured: string[] = []
      const leaf = root.find(named, length, captured)
      if (leaf === undefined) continue
      const path = { ...parametersOf(leaf, captured), [name]: `/${named.slice(0, length).join('/')}` }
      return { kind: 'found', choice: leaf.choice, path }
    }
  }
  return undefined
}

function parametersOf(leaf: Leaf, captured: readonly string[]): Record<string, string> {
  const path: Record<string, string> = {}
  for (let at = 0; at < leaf.names.length; at++) path[leaf.names[at] ?? ''] = captured[at] ?? ''
  for (const name of leaf.absent) path[name] = ''
  return path
}

const parameterPattern = /^\{([a-zA-Z][a-zA-Z0-9]*)(\?|\.\.\.)?\}$/
const literalPattern = /^[A-Za-z0-9._~$-]+$/

function parseTemplate(operation: Operation): {
  readonly greedy: string | undefined
  readonly segments: readonly TemplateSegment[]
} {
  let greedy: string | undefined
  const segments: TemplateSegment[] = []
  if (operation.path === '/') return { greedy, segments }
  for (const [at, text] of operation.path.slice(1).split('/').entries()) {
    const match = parameterPattern.exec(text)
    if (match === null) {
      if (!literalPattern.test(text)) throw new TypeError(`Operation '${operation.id}' has a malformed path.`)
      segments.push({ literal: text.toLowerCase() })
    } else if (match[2] === '...') {
      if (at !== 0) throw new TypeError(`Operation '${operation.id}' has a greedy parameter that is not the first.`)
      greedy = match[1]
    } else {
      segments.push({ parameter: match[1] ?? '', optional: match[2] === '?' })
    }
  }
  return { greedy, segments }
}
