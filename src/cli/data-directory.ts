import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The data directory: the flag, else `$STRONGROOM_DATA`, else `strongroom` in the user's data home. Absolute. */
export function dataDirectoryFrom(given: string | undefined): string {
  const named = nameOfDataDirectory(given)
  if (named !== undefined) return resolve(named)
  const home = process.env['XDG_DATA_HOME']
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.local', 'share'), 'strongroom')
}

/** The data directory as the flag or the environment names it; undefined when neither does. */
export function nameOfDataDirectory(given: string | undefined): string | undefined {
  const named = given ?? process.env['STRONGROOM_DATA']
  return named === undefined || named === '' ? undefined : named
}
