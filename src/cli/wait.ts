import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#base/clock.ts'
import type { ServerClient, ServerRequest } from './client/server-client.ts'
import type { CommandContext, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { memberAt, textAt } from './json-object.ts'
import { wholeNumberOption } from './option-values.ts'
import { compileQuery } from './query.ts'

/** The options of `wait` commands. */
export const waitOptions: readonly CommandOption[] = [
  { name: '--created', takes: 'switch', summary: "Until it is there and 'Succeeded'." },
  { name: '--updated', takes: 'switch', summary: "Until it is 'Succeeded'." },
  { name: '--deleted', takes: 'switch', summary: 'Until it is gone.' },
  { name: '--exists', takes: 'switch', summary: 'Until it is there.' },
  { name: '--custom', summary: 'Until a JMESPath expression finds something.', placeholder: 'JMESPATH' },
  { name: '--interval', summary: 'Seconds between looks (default 30).' },
  { name: '--timeout', summary: 'Seconds to wait at most (default 3600).' },
]

/**
 * Looks at a resource until it is in the state that the options name. Throws `CommandError` (1) when the time is over, and when
 * the resource has failed.
 */
export async function waitFor(
  context: CommandContext,
  requestOf: (server: ServerClient) => ServerRequest,
): Promise<undefined> {
  const given = context.arguments
  const custom = given.text('custom')
  const holds = custom === undefined ? undefined : compileQuery(custom)
  if (holds === undefined && !['created', 'updated', 'deleted', 'exists'].some((name) => given.flag(name)))
    throw new CommandError('incorrect usage: --created | --updated | --deleted | --exists | --custom JMESPATH', 2)
  const interval = wholeNumberOption(given.text('interval'), 'interval') ?? 30
  const timeout = wholeNumberOption(given.text('timeout'), 'timeout') ?? 3600
  const end = systemClock.monotonicMilliseconds() + timeout * 1000
  const server = await context.server()
  for (;;) {
    const { status, body } = await server.management(requestOf(server), [404])
    const state = textAt(body, 'properties', 'provisioningState') || textAt(body, 'provisioningState')
    if (status === 404 ? given.flag('deleted') : given.flag('exists')) return undefined
    if (status !== 404 && state === 'Failed') throw new CommandError('The operation failed', 1)
    if (status !== 404 && (given.flag('created') || given.flag('updated')) && state === 'Succeeded') return undefined
    if (status !== 404 && holds !== undefined && isFound(holds(body))) return undefined
    if (systemClock.monotonicMilliseconds() + interval * 1000 > end)
      throw new CommandError(`Wait operation timed-out after ${timeout} seconds`, 1)
    await delay(interval * 1000)
  }
}

function isFound(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value !== null && value !== undefined && value !== false && memberAt({ value }, 'value') !== ''
}
