/** Reads what strace wrote (`-f -yy`) into calls with a place for their begin and their end. */

export interface SystemCall {
  readonly name: string
  readonly text: string
  /** What -yy says of the first argument: a path, or `TCP:[127.0.0.1:8443->127.0.0.1:50000]`; '' for none. */
  readonly target: string
  readonly result: number
  /** Line numbers: a call whose end is before another's begin had returned when the other was made. */
  readonly begin: number
  readonly end: number
}

const unfinishedPattern = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const resumedPattern = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/
const wholePattern = /^(\d+) +(\w+)\((.*)$/
const resultPattern = /\) += (-?\d+|0x[0-9a-f]+|\?)(?:<([^>]*)>)?[^=]*$/

/** The calls in the order in which they returned. */
export function parseSystemCalls(trace: string): readonly SystemCall[] {
  const calls: SystemCall[] = []
  const open = new Map<string, { readonly name: string; readonly text: string; readonly begin: number }>()
  for (const [line, raw] of trace.split('\n').entries()) {
    const unfinished = unfinishedPattern.exec(raw)
    if (unfinished !== null) {
      const [, thread = '', name = '', text = ''] = unfinished
      open.set(thread, { name, text, begin: line })
      continue
    }
    const resumed = resumedPattern.exec(raw)
    if (resumed !== null) {
      const [, thread = '', , rest = ''] = resumed
      const begun = open.get(thread)
      open.delete(thread)
      if (begun !== undefined) calls.push(describe(begun.name, begun.text + rest, { begin: begun.begin, end: line }))
      continue
    }
    const [, , name, text] = wholePattern.exec(raw) ?? []
    if (name !== undefined && text !== undefined) calls.push(describe(name, text, { begin: line, end: line }))
  }
  return calls
}

function describe(name: string, text: string, at: { readonly begin: number; readonly end: number }): SystemCall {
  const [, result = '?', opened = ''] = resultPattern.exec(text) ?? []
  const [, argument = ''] = /^\d+<((?:[^<>]|->)*)>/.exec(text) ?? []
  return { name, text, target: name === 'openat' ? opened : argument, result: Number(result), ...at }
}
