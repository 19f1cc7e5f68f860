import type { SqlValue } from '../database.ts'

interface Node {
  rows?: readonly unknown[]
  children?: Map<SqlValue, Node>
}

const maximumResults = 4096

/**
 * Results of statements that are asked again and again, kept from one commit to the next. It is exact because one process alone
 * writes an embedded database: whoever commits calls `forget` in the same turn of the event loop.
 */
export class KeptRows {
  readonly #byStatement = new Map<string, Node>()
  #results = 0

  find<Row>(statement: string, parameters: readonly SqlValue[]): readonly Row[] | undefined {
    let node = this.#byStatement.get(statement)
    for (let at = 0; node !== undefined && at < parameters.length; at++)
      node = node.children?.get(parameters[at] ?? null)
    return node?.rows as readonly Row[] | undefined
  }

  /** Keeps a result; the caller must not change it afterwards. Parameters are compared by value: no Buffers. */
  keep(statement: string, parameters: readonly SqlValue[], rows: readonly unknown[]): void {
    if (this.#results >= maximumResults) this.forget()
    let node = childOf(this.#byStatement, statement)
    for (const parameter of parameters) {
      node.children ??= new Map()
      node = childOf(node.children, parameter)
    }
    if (node.rows === undefined) this.#results++
    node.rows = rows
  }

  forget(): void {
    if (this.#results === 0) return
    this.#byStatement.clear()
    this.#results = 0
  }
}

function childOf<Key>(nodes: Map<Key, Node>, key: Key): Node {
  const known = nodes.get(key)
  if (known !== undefined) return known
  const made: Node = {}
  nodes.set(key, made)
  return made
}
