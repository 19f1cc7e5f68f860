import { existsSync, readFileSync } from 'node:fs'

/**
 * The words with `@FILE` in place of what the file holds, and `@-` of what the input holds, without a last line feed, as az takes
 * them; also behind an equals sign. A word that names no file stays as it is.
 */
export function withFileWords(words: readonly string[]): readonly string[] {
  return words.map((word) => {
    const border = word.startsWith('--') ? word.indexOf('=@') + 1 : 0
    const value = word.slice(border)
    if (!value.startsWith('@')) return word
    const path = value.slice(1)
    if (path !== '-' && !existsSync(path)) return word
    return word.slice(0, border) + readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\n$/, '')
  })
}
