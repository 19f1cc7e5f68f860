import type pg from 'pg'
import { storageUnavailable } from '../database.ts'

/**
 * Commits, and throws unless the server says that it did and that the standby it was told to wait for has it too. A caller
 * must give the connection up after an error: when it was lost meanwhile, nobody here knows the outcome.
 */
export async function commit(client: pg.ClientBase): Promise<void> {
  let warned = false
  const onNotice = (notice: { severity?: string | undefined }): void => {
    // "canceling wait for synchronous replication": committed here, perhaps nowhere else, and yet tagged COMMIT.
    if (notice.severity === 'WARNING') warned = true
  }
  client.on('notice', onNotice)
  try {
    const result = await client.query('COMMIT')
    // The tag of a COMMIT that ended a failed transaction is ROLLBACK.
    if (result.command !== 'COMMIT') throw new Error('The transaction had failed and was rolled back.')
  } finally {
    client.off('notice', onNotice)
  }
  if (warned) throw storageUnavailable('The write may not have reached the standby.')
}
