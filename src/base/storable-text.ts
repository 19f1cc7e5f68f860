/**
 * Whether every engine can store this text and give the same text back: PostgreSQL has no U+0000, and a lone surrogate has no
 * UTF-8 form. Other control characters are text like any other.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * Where in a JSON value the first text is that cannot be stored, as a dotted path ('' for the value itself or one of its
 * member names at the top); undefined when there is none. Never shows the text itself.
 */
export function findUnstorableText(value: unknown): string | undefined {
  const path = find(value)
  return path?.join('.')
}

function find(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : []
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    if (!isStorableText(name)) return []
    const found = find(member)
    if (found !== undefined) return [name, ...found]
  }
  return undefined
}
