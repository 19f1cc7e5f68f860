import { CommandError } from './command-error.ts'

/** az's `key=value` words as a map; a word without `=` is a key with an empty value, '' or no word at all means no tags. */
export function parseTags(words: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  if (words === undefined) return undefined
  const tags = new Map<string, string>()
  for (const word of words) {
    if (word === '') continue
    const border = word.indexOf('=')
    const key = border < 0 ? word : word.slice(0, border)
    if (key === '') throw new CommandError(`A tag needs a name before '='.`, 2)
    tags.set(key, border < 0 ? '' : word.slice(border + 1))
  }
  return Object.fromEntries(tags)
}
