import { search } from 'jmespath'
import { CommandError } from './command-error.ts'

/** What a JMESPath expression finds in a result. Throws `CommandError` (2) for an expression that cannot be read. */
export function searchResult(result: unknown, expression: string): unknown {
  try {
    return search(result, expression)
  } catch (cause) {
    throw new CommandError(
      `--query is not a JMESPath expression: ${cause instanceof Error ? cause.message : 'unreadable'}.`,
      2,
      { cause },
    )
  }
}
