import { ServiceError } from '#base/errors.ts'
import { storageUnavailable, UniqueViolation } from '../database.ts'

// Source: https://www.sqlite.org/rescode.html
const busy = 5
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26
const uniqueConstraint = 2067
const primaryKeyConstraint = 1555

/** SQLite's extended result code of an error that node:sqlite threw, or undefined. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** Whether another connection holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  return primary(sqliteCode(error)) === busy
}

/** The error that callers of a database may see for `error`: a known failure by its meaning, anything else as it is. */
export function toStorageError(error: unknown): unknown {
  const code = sqliteCode(error)
  if (code === uniqueConstraint || code === primaryKeyConstraint) return new UniqueViolation(error)
  switch (primary(code)) {
    case full:
      return storageUnavailable('The disk of the database is full.', error)
    case ioError:
    case cannotOpen:
      return storageUnavailable('The disk of the database does not work.', error)
    case busy:
      return storageUnavailable('The database is locked by another program.', error)
    case corrupt:
    case notADatabase:
      return new ServiceError(
        'internal',
        'StorageCorrupt',
        'The database file is damaged. Stop the server and restore a backup.',
        { cause: error },
      )
    default:
      return error
  }
}

/** The low byte, which extended codes refine; 0, SQLite's "no error", for an error that is not SQLite's. */
function primary(code: number | undefined): number {
  return (code ?? 0) & 0xff
}
