import pg from 'pg'
import { ServiceError } from '#base/errors.ts'
import { storageUnavailable, UniqueViolation } from '../database.ts'

const uniqueViolation = '23505'

/**
 * SQLSTATE classes and codes that say "not now": lost connections (08), resources (53: disk full, too many connections),
 * operator intervention (57: shutdown, cancelled by a time limit), system errors (58), lock time-out, deadlock and
 * serialization failure, and a server that has become a read-only standby.
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const unavailableStates = /^(08|53|57|58|55P03|40P01|40001|25006|25P03)/
/** After these the connection is gone or soon will be. */
const fatalStates = /^(08|57P|25006|25P03)/

/** pg's own errors, which carry no code. */
const connectionMessages =
  /timeout exceeded|read timeout|terminated|connection error|not queryable|client was closed|after calling end/i

/** The error that callers of a database may see for `error`: a known failure by its meaning, anything else as it is. */
export function toStorageError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? ''
    if (state === uniqueViolation) return new UniqueViolation(error)
    if (state === 'XX001' || state === 'XX002') {
      return new ServiceError('internal', 'StorageCorrupt', 'The database is damaged. Restore a backup.', {
        cause: error,
      })
    }
    return unavailableStates.test(state) ? storageUnavailable('The database cannot do this now.', error) : error
  }
  return isConnectionError(error) ? storageUnavailable('The database does not answer.', error) : error
}

/** Like `toStorageError`, for a connection being made: whatever fails there means that the database is out of reach. */
export function toConnectError(error: unknown): unknown {
  if (error instanceof ServiceError) return error
  if (error instanceof pg.DatabaseError) {
    if (error.code?.startsWith('28')) return storageUnavailable('The database refused the server’s credentials.', error)
    if (error.code === '3D000') return storageUnavailable('The database named in the URL does not exist.', error)
  }
  return storageUnavailable('The database cannot be reached.', error)
}

/** Whether the connection that threw `error` must not be used again. */
export function isFatal(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return fatalStates.test(error.code ?? '')
  return isConnectionError(error)
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('syscall' in error || ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)))
    return true
  return connectionMessages.test(error.message)
}
