import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The data directory: the flag, else `$STRONGROOM_DATA`, else `strongroom` in the user's data home. Absolute. */
export function dataDirectoryFrom(given: string | undefined): string {
  const named = given ?? process.env['STRONGROOM_DATA']
  if (named !== undefined && named !== '') return resolve(named)
  const home = process.env['XDG_DATA_HOME']
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.local', 'share'), 'strongroom')
}
