import type { CommandArguments, CommandOption } from './command.ts'
import { timeOption } from './option-values.ts'

/** Options of commands that write a secret's attributes. */
export const secretAttributeOptions: readonly CommandOption[] = [
  { name: '--expires', summary: 'Expiry, UTC (2030-01-01T00:00:00Z).' },
  { name: '--not-before', summary: 'Start of validity, UTC.' },
]

/** The attributes that the options give, as they stand on the wire; undefined when they give none. */
export function attributesOf(
  given: CommandArguments,
  enabled: boolean | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const notBefore = timeOption(given.text('not-before'), 'not-before')
  const expires = timeOption(given.text('expires'), 'expires')
  const attributes = {
    ...(enabled === undefined ? {} : { enabled }),
    ...(notBefore === undefined ? {} : { nbf: notBefore }),
    ...(expires === undefined ? {} : { exp: expires }),
  }
  return Object.keys(attributes).length === 0 ? undefined : attributes
}
