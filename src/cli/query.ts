import { compile, search } from 'jmespath'
import { CommandError } from './command-error.ts'

/** A JMESPath expression, ready to look for. Throws `CommandError` (2) for one that cannot be read, before anything is done. */
export function compileQuery(expression: string): (result: unknown) => unknown {
  try {
    compile(expression)
  } catch (cause) {
    throw new CommandError(`argument --query: invalid jmespath_type value: '${expression}'`, 2, { cause })
  }
  return (result) => searchResult(result, expression)
}

function searchResult(result: unknown, expression: string): unknown {
  try {
    return search(result, expression)
  } catch (cause) {
    throw new CommandError(
      `Invalid jmespath query supplied for \`--query\`: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      1,
      { cause },
    )
  }
}
