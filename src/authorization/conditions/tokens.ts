import { conditionProblem } from './condition-problem.ts'

/** One piece of a condition; `at` is where it starts. */
export type Token =
  | { readonly kind: '(' | ')' | '{' | '}' | ',' | 'and' | 'or' | 'not' | 'end'; readonly at: number }
  /** Between quotes, escapes kept as written. */
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  /** A name, an operator, a number or a GUID. */
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'attribute'; readonly source: string; readonly path: string; readonly at: number }

const space = /[ \t\r\n]+/y
const attribute = /@([A-Za-z]+)[ \t\r\n]*\[([^\][@'{}()]*)\]/y
const word = /[A-Za-z0-9_:-]+/y
const string = /'((?:[^'\\]|\\.)*)'/sy
const symbols = new Map<string, '(' | ')' | '{' | '}' | ',' | 'and' | 'or' | 'not'>([
  ['(', '('],
  [')', ')'],
  ['{', '{'],
  ['}', '}'],
  [',', ','],
  ['&&', 'and'],
  ['||', 'or'],
  ['!', 'not'],
])
const words = new Map<string, 'and' | 'or' | 'not'>([
  ['and', 'and'],
  ['or', 'or'],
  ['not', 'not'],
])

/** The tokens of a condition, closed by `end`. Throws `malformed` `InvalidRoleAssignmentCondition`. Linear in its length. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; ; ) {
    at += match(space, text, at)?.[0].length ?? 0
    if (at === text.length) return [...tokens, { kind: 'end', at }]
    const { token, length } = readToken(text, at)
    tokens.push(token)
    at += length
  }
}

function readToken(text: string, at: number): { readonly token: Token; readonly length: number } {
  for (const length of [2, 1]) {
    const written = text.slice(at, at + length)
    const kind = symbols.get(written)
    if (kind !== undefined) return { token: { kind, at }, length: written.length }
  }
  const named = match(word, text, at)
  if (named !== null) {
    const kind = words.get(named[0].toLowerCase())
    const token: Token = kind === undefined ? { kind: 'word', text: named[0], at } : { kind, at }
    return { token, length: named[0].length }
  }
  const quoted = match(string, text, at)
  if (quoted !== null) return { token: { kind: 'string', text: quoted[1] ?? '', at }, length: quoted[0].length }
  const asked = match(attribute, text, at)
  if (asked !== null) {
    const [whole, source = '', path = ''] = asked
    return { token: { kind: 'attribute', source, path, at }, length: whole.length }
  }
  throw conditionProblem(describeUnreadable(text[at]), at)
}

function describeUnreadable(character: string | undefined): string {
  if (character === "'") return 'the quoted text is not closed.'
  if (character === '@') return 'an attribute is written @Source[Namespace/type:name].'
  return 'this character has no place here.'
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
