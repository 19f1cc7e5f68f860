import { isObject } from '#base/json.ts'
import { charactersOf, sortedEntries } from './python-text.ts'
import { chooseStyle, escapeCharacter } from './yaml-scalar.ts'

const width = 80
const step = 2
/** Longer keys, and keys with line feeds, are written with a question mark. */
const longestSimpleKey = 122

/**
 * A result as az prints YAML: block style, keys sorted, lists not indented below their key, long texts folded after column 80.
 * Source: YAML 1.1, in the choices of the library that az prints with.
 */
export function yamlText(value: unknown): string {
  const writer = new YamlWriter()
  writer.write(value, { indent: 0, column: 0 })
  const open = writer.endsPlain ? '...\n' : ''
  return `${writer.text}\n${open}`
}

/** Where a node begins: how deep its lines are indented, and at which column the first one starts. */
interface Place {
  readonly indent: number
  readonly column: number
}

class YamlWriter {
  text = ''
  /** Whether the document is one plain scalar, which YAML ends with three dots. */
  endsPlain = false

  write(value: unknown, place: Place): void {
    if (Array.isArray(value)) {
      if (value.length === 0) this.text += '[]'
      else this.#writeList(value, place.indent)
    } else if (isObject(value)) {
      const entries = sortedEntries(value).filter(([, member]) => member !== undefined)
      if (entries.length === 0) this.text += '{}'
      else this.#writeMap(entries, place.indent)
    } else {
      const style = this.#writeScalar(value, { ...place, indent: place.indent + (place.column === 0 ? step : 0) }, true)
      this.endsPlain = place.column === 0 && style === 'plain'
    }
  }

  #writeList(items: readonly unknown[], indent: number): void {
    for (const [at, item] of items.entries()) {
      if (at > 0) this.#newLine(indent)
      this.text += '- '
      this.#writeInner(item, { indent: indent + step, column: indent + step })
    }
  }

  #writeMap(entries: readonly (readonly [string, unknown])[], indent: number): void {
    for (const [at, [key, value]] of entries.entries()) {
      if (at > 0) this.#newLine(indent)
      if (isSimpleKey(key)) {
        const start = this.text.length
        this.#writeScalar(key, { indent: indent + step, column: indent }, false)
        this.text += ':'
        this.#writeValue(value, { indent, column: indent + charactersOf(this.text.slice(start)).length })
      } else {
        this.text += '? '
        this.#writeScalar(key, { indent: indent + step, column: indent + 2 }, true)
        this.#newLine(indent)
        this.text += ': '
        this.#writeInner(value, { indent: indent + step, column: indent + 2 })
      }
    }
  }

  /** What follows `key:`: collections on lines of their own, scalars on the same line. */
  #writeValue(value: unknown, place: Place): void {
    const isList = Array.isArray(value) && value.length > 0
    const isMap = isObject(value) && Object.keys(value).length > 0
    if (!isList && !isMap) {
      this.text += ' '
      this.#writeInner(value, { indent: place.indent + step, column: place.column + 1 })
      return
    }
    // Lists are not indented below their key.
    const indent = isList ? place.indent : place.indent + step
    this.#newLine(indent)
    this.#writeInner(value, { indent, column: indent })
  }

  #writeInner(value: unknown, place: Place): void {
    if (typeof value === 'object' && value !== null) this.write(value, place)
    else this.#writeScalar(value, place, true)
  }

  #writeScalar(value: unknown, place: Place, folds: boolean): 'plain' | 'quoted' {
    if (typeof value !== 'string') {
      this.text += value === null || value === undefined ? 'null' : numberText(value)
      return 'plain'
    }
    const style = chooseStyle(value, folds)
    if (style === 'plain') this.text += foldWords(value, { ...place, folds, quote: '' })
    else if (style === 'single') this.text += foldWords(value, { ...place, folds, quote: "'" })
    else this.text += doubleQuoted(value, place, folds)
    return style === 'plain' ? 'plain' : 'quoted'
  }

  #newLine(indent: number): void {
    this.text += `\n${' '.repeat(indent)}`
  }
}

function isSimpleKey(key: string): boolean {
  return key !== '' && !/[\n\u0085\u2028\u2029]/.test(key) && charactersOf(key).length <= longestSimpleKey
}

/** Numbers as Python writes them; YAML 1.1 wants a point before an exponent. */
function numberText(value: unknown): string {
  const text = JSON.stringify(value).replace(/e([-+])(\d)$/, 'e$10$2')
  return /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text
}

interface Folding extends Place {
  readonly folds: boolean
  /** '' for plain scalars, else the quote. */
  readonly quote: '' | "'"
}

/** A plain or single-quoted scalar: a lone blank behind column 80 becomes a line break, a line break becomes two. */
function foldWords(text: string, folding: Folding): string {
  const { quote, indent, folds } = folding
  const pieces = text.split(/( +|[\n\u0085\u2028\u2029]+)/).filter((piece) => piece !== '')
  const lineStart = ' '.repeat(indent)
  let written = quote
  let column = folding.column + quote.length
  for (const [at, piece] of pieces.entries()) {
    const isEdge = quote !== '' && (at === 0 || at === pieces.length - 1)
    if (/^[\n\u0085\u2028\u2029]/.test(piece)) {
      written += `${piece.startsWith('\n') ? '\n' : ''}${piece}${lineStart}`
      column = indent
    } else if (piece === ' ' && folds && column > width && !isEdge) {
      written += `\n${lineStart}`
      column = indent
    } else {
      const shown = quote === '' ? piece : piece.replaceAll("'", "''")
      written += shown
      column += charactersOf(shown).length
    }
  }
  return written + quote
}

/** A double-quoted scalar; behind column 80 it is folded at a blank or beside an escaped character. */
function doubleQuoted(text: string, place: Place, folds: boolean): string {
  const characters = charactersOf(text)
  let written = '"'
  let column = place.column + 1
  // What has not been written yet begins here; behind `at` just after an escaped character.
  let start = 0
  const add = (piece: string, length: number): void => {
    written += piece
    column += length
  }
  for (const [at, character] of characters.entries()) {
    const escaped = escapeCharacter(character)
    if (escaped !== undefined) {
      add(characters.slice(start, at).join(''), at - start)
      add(escaped, escaped.length)
      start = at + 1
    }
    const isInside = at > 0 && at < characters.length - 1
    if (folds && isInside && (character === ' ' || start >= at) && column + at - start > width) {
      written += `${characters.slice(start, at).join('')}\\\n${' '.repeat(place.indent)}`
      column = place.indent
      start = Math.max(start, at)
      if (characters[start] === ' ') add('\\', 1)
    }
  }
  return `${written}${characters.slice(start).join('')}"`
}
