/**
 * Whether `text` is what `pattern` says: `*` is any text, `?` one character, and a backslash takes the meaning from the
 * character after it. Never goes back further than to the last star, so the time is bounded by the product of both lengths.
 */
export function matchesLike(text: string, pattern: string): boolean {
  const pieces = readPattern(pattern)
  let at = 0
  let piece = 0
  let star = -1
  let taken = 0
  while (at < text.length) {
    const wanted = pieces[piece]
    if (wanted === anyText) {
      star = piece++
      taken = at
    } else if (wanted !== undefined && (wanted === anyCharacter || wanted === text[at])) {
      piece++
      at++
    } else if (star >= 0) {
      piece = star + 1
      at = ++taken
    } else {
      return false
    }
  }
  while (pieces[piece] === anyText) piece++
  return piece === pieces.length
}

const anyText = Symbol('*')
const anyCharacter = Symbol('?')

function readPattern(pattern: string): readonly (string | symbol)[] {
  const pieces: (string | symbol)[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (character === '\\') pieces.push(pattern[++at] ?? '')
    else if (character === '*') pieces.push(anyText)
    else pieces.push(character === '?' ? anyCharacter : character)
  }
  return pieces
}
