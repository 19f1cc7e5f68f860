import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ErrorKind } from '#base/errors.ts'
import { errorKinds } from './error-kinds.ts'

/** One code as the source throws it. */
export interface ThrownError {
  readonly kind: ErrorKind
  readonly code: string
  /** The narrower code under it, or Entra's number; '' for none. */
  readonly inner: string
  /** Path under `src/`. */
  readonly file: string
}

interface SourceFile {
  readonly path: string
  readonly text: string
}

const root = fileURLToPath(new URL('../../src/', import.meta.url))

/**
 * Every `new ServiceError(kind, code, …)` of the source, with codes that are passed through a parameter followed to the
 * calls. Throws for one whose code cannot be told from the text, so that the page is complete or not there. Dialects'
 * tables are left to whoever asks the dialects themselves.
 */
export function readThrownErrors(): readonly ThrownError[] {
  const files = globSync('**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
  return files.flatMap((file) =>
    [...file.text.matchAll(/new ServiceError\(/g)].flatMap((match) => readOne(files, file, match)),
  )
}

function readOne(files: readonly SourceFile[], file: SourceFile, match: RegExpExecArray): readonly ThrownError[] {
  const [kind = '', code = '', , details = ''] = splitArguments(file.text, match.index + match[0].length)
  const innerCode = /innerCode: '(\w+)'/.exec(details)?.[1] ?? ''
  const inner = /^\d+$/.test(innerCode) ? `AADSTS${innerCode}` : innerCode
  const kinds = literalsOf(kind)
  const codes = literalsOf(code)
  if (kinds.length > 0 && codes.length > 0) return combine(file, kinds, codes, inner)
  if (/(^|\/)dialects?\.ts$/.test(file.path)) return []
  const found = followParameter({ files, file, at: match.index, kinds, code })
  if (found.length > 0) return found
  const line = file.text.slice(0, match.index).split('\n').length
  throw new Error(`The error code in src/${file.path}:${line} cannot be told from the text. Use a literal.`)
}

function combine(
  file: SourceFile,
  kinds: readonly string[],
  codes: readonly string[],
  inner: string,
): readonly ThrownError[] {
  return kinds.flatMap((kind) => codes.map((code) => ({ kind: parseKind(kind), code, inner, file: file.path })))
}

function parseKind(text: string): ErrorKind {
  const kind = errorKinds.find((known) => known === text)
  if (kind === undefined) throw new Error(`'${text}' is no kind of error.`)
  return kind
}

/** The literals an expression can be: `'A'`, or `condition ? 'A' : 'B'`. */
function literalsOf(expression: string): readonly string[] {
  const literal = /^'([\w-]+)'$/.exec(expression)
  if (literal?.[1] !== undefined) return [literal[1]]
  const choice = /\?\s*'([\w-]+)'\s*:\s*'([\w-]+)'$/.exec(expression)
  return choice === null ? [] : choice.slice(1)
}

interface Indirect {
  readonly files: readonly SourceFile[]
  readonly file: SourceFile
  readonly at: number
  readonly kinds: readonly string[]
  readonly code: string
}

/** A code that is a constant of the file, or that callers of the function around it pass. */
function followParameter({ files, file, at, kinds, code }: Indirect): readonly ThrownError[] {
  const constant = new RegExp(`const ${code} = '(\\w+)'`).exec(file.text)?.[1]
  if (constant !== undefined) return combine(file, kinds, [constant], '')
  const [name = '', member] = code.split('.')
  const around = [...file.text.slice(0, at).matchAll(/function (\w+)(?:<[^>(]*>)?\(/g)].at(-1)
  if (around?.[1] === undefined) return []
  const parameters = splitArguments(file.text, around.index + around[0].length)
  const position = parameters.findIndex((parameter) => new RegExp(`^${name}\\b`).test(parameter))
  if (position < 0) return []
  const otherwise = / = '(\w+)'$/.exec(parameters[position] ?? '')?.[1]
  return files.flatMap((caller) =>
    [...caller.text.matchAll(new RegExp(`(?<!function )\\b${around[1]}(?:<[^>(]*>)?\\(`, 'g'))].flatMap((call) => {
      const given = splitArguments(caller.text, call.index + call[0].length)[position]
      if (given === undefined) return otherwise === undefined ? [] : combine(caller, kinds, [otherwise], '')
      return member === undefined
        ? combine(caller, kinds, literalsOf(given), '')
        : readObject(files, caller, given, kinds)
    }),
  )
}

/** The code in an object that is passed: written there, or an entry of a table (`oauthErrors.wrongSecret`). */
function readObject(
  files: readonly SourceFile[],
  caller: SourceFile,
  given: string,
  kinds: readonly string[],
): readonly ThrownError[] {
  const entry = /^\w+\.(\w+)$/.exec(given)?.[1]
  const texts =
    entry === undefined
      ? [given]
      : files.flatMap(({ text }) => new RegExp(`\\b${entry}: (\\{[^}]*\\})`).exec(text)?.[1] ?? [])
  return texts.flatMap((text) => {
    const code = / code: '(\w+)'/.exec(text)?.[1]
    const kind = / kind: '([\w-]+)'/.exec(text)?.[1]
    const number = / aadsts: (\d+)/.exec(text)?.[1]
    if (code === undefined) return []
    return combine(caller, kind === undefined ? kinds : [kind], [code], number === undefined ? '' : `AADSTS${number}`)
  })
}

/** The arguments, or parameters, from behind an opening parenthesis to the one that closes it. */
function splitArguments(text: string, start: number): readonly string[] {
  const found: string[] = []
  let depth = 0
  let from = start
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? ''
    if (`'"\``.includes(character)) at = endOfText(text, at)
    else if ('([{'.includes(character)) depth++
    else if (depth === 0 && (character === ',' || character === ')')) {
      const argument = text.slice(from, at).trim()
      if (argument !== '') found.push(argument)
      if (character === ')') return found
      from = at + 1
    } else if (')]}'.includes(character)) depth--
  }
  throw new Error('A parenthesis is not closed.')
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at
  }
  throw new Error('A text is not closed.')
}
