import { CommandError } from './command-error.ts'

export function wholeNumberOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw new CommandError(`--${name} takes a whole number.`, 2)
  return Number(text)
}

const utcPattern = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?Z)?$/

/** Unix seconds of a time in one of az's forms: a day, or a day with an hour, a minute and a second, in UTC. */
export function timeOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const [, day = '', hour = '00', minute = '00', second = '00'] = utcPattern.exec(text) ?? []
  const time = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time)) throw new CommandError(`--${name} takes a UTC time such as 2030-01-01T00:00:00Z.`, 2)
  return time / 1000
}
