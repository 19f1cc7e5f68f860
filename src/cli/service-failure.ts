import { ServiceError } from '#base/errors.ts'
import { CommandError } from './command-error.ts'

/**
 * Runs what a command does in this process, without a server, and turns its refusals into one line each: exit 2 for wrong
 * use, 3 for what is not there, 1 for everything else.
 */
export async function reportRefusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    if (!(failure instanceof ServiceError)) throw failure
    const exitCode = failure.kind === 'malformed' ? 2 : failure.kind === 'not-found' ? 3 : 1
    throw new CommandError(failure.message, exitCode, { cause: failure })
  }
}
