import { CommandError } from './command-error.ts'

/** `true` or `false` in any letter case; undefined when the option was not given. */
export function booleanOption(text: string | undefined, name: string): boolean | undefined {
  if (text === undefined) return undefined
  const lower = text.toLowerCase()
  if (lower === 'true') return true
  if (lower === 'false') return false
  throw new CommandError(`--${name} takes true or false.`, 2)
}

export function wholeNumberOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw new CommandError(`--${name} takes a whole number.`, 2)
  return Number(text)
}

/** Unix seconds of an ISO 8601 time such as `2030-01-01T00:00:00Z`. */
export function timeOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new CommandError(`--${name} takes a UTC time such as 2030-01-01T00:00:00Z.`, 2)
  return Math.floor(time / 1000)
}
