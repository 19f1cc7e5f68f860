import { charactersOf } from './python-text.ts'

/** How a text is written in YAML, so that a reader of YAML 1.1 takes it for the same text. Source: YAML 1.1 and its types. */
export type ScalarStyle = 'plain' | 'single' | 'double'

const breakCharacters = '\n\u0085\u2028\u2029'
/** What a plain scalar may not begin with. */
const startIndicators = '#,[]{}&*!|>\'"%@`'

/** The types that a reader of YAML 1.1 sees in a plain scalar. */
const otherTypes: readonly RegExp[] = [
  /^(?:~|null|Null|NULL|)$/,
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/,
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:<<|=)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]

/** The style of a text; one that may not take several lines (`folds` false, a key) is never folded. */
export function chooseStyle(text: string, folds: boolean): ScalarStyle {
  const found = inspect(text)
  const isMultiline = found.hasBreaks
  if (!found.forbidsPlain && !otherTypes.some((type) => type.test(text)) && (folds || (text !== '' && !isMultiline)))
    return 'plain'
  return !found.forbidsSingle && (folds || !isMultiline) ? 'single' : 'double'
}

function inspect(text: string): { forbidsPlain: boolean; forbidsSingle: boolean; hasBreaks: boolean } {
  const edge = new RegExp(`^[ ${breakCharacters}]|[ ${breakCharacters}]$`).test(text)
  const hasBreaks = new RegExp(`[${breakCharacters}]`).test(text)
  const breakThenBlank = new RegExp(`[${breakCharacters}] `).test(text)
  const blankThenBreak = new RegExp(` [${breakCharacters}]`).test(text)
  const isSpecial = charactersOf(text).some((character) => !isPrintable(character))
  return {
    hasBreaks,
    forbidsPlain: edge || hasBreaks || isSpecial || hasIndicator(text),
    forbidsSingle: breakThenBlank || blankThenBreak || isSpecial,
  }
}

/** Whether something in the text would be read as the structure of a block. */
function hasIndicator(text: string): boolean {
  return (
    /^(?:---|\.\.\.)/.test(text) ||
    (text !== '' && startIndicators.includes(text.charAt(0))) ||
    /^[-?](?:[\0 \t\r\n\u0085\u2028\u2029]|$)/.test(text) ||
    /:(?:[\0 \t\r\n\u0085\u2028\u2029]|$)/.test(text) ||
    /[\0 \t\r\n\u0085\u2028\u2029]#/.test(text)
  )
}

function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n' || (code >= 0x20 && code <= 0x7e)) return true
  return (
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff) ||
    (code >= 0x10000 && code < 0x10ffff)
  )
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\u0007', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\u000b', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\u001b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

/** How a character stands in a double-quoted scalar, or undefined when it stands for itself. */
export function escapeCharacter(character: string): string | undefined {
  const code = character.codePointAt(0) ?? 0
  const standsForItself =
    !'"\\\u0085\u2028\u2029\ufeff'.includes(character) &&
    ((code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd))
  if (standsForItself) return undefined
  const short = shortEscapes.get(character)
  if (short !== undefined) return `\\${short}`
  const digits = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
