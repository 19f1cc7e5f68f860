import pg from 'pg'
import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import { randomHex } from '#base/random.ts'
import { toConnectError } from './postgres-error.ts'
import { valueTypes } from './values.ts'

export interface StartCheckOptions {
  readonly logger: Logger
  /** Lets a server start that may lose acknowledged writes. Only for `--dev`. */
  readonly allowUnsafeDurability: boolean
}

interface Settings {
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  readonly synchronous_standby_names: string
  readonly standby: number
}

/**
 * Refuses a server on which an acknowledged write or a fresh decision cannot be promised, each with its own code and one
 * sentence: `UnsafeDurability`, `DatabaseIsStandby`, `TransactionPooler`. Warns without a synchronous standby.
 */
export async function checkServer(config: pg.ClientConfig, options: StartCheckOptions): Promise<void> {
  const client = await connect(config)
  try {
    const settings = await loadSettings(client)
    if (settings.standby === 1) throw databaseIsStandby()
    if (!options.allowUnsafeDurability) refuseUnsafeDurability(settings)
    if (settings.synchronous_standby_names.trim() === '') {
      options.logger.warn(
        'PostgreSQL has no synchronous standby: a failover can lose acknowledged writes. Set synchronous_standby_names.',
      )
    }
    await refuseTransactionPooler(client, config)
  } finally {
    client.end().catch(() => undefined)
  }
}

/** Makes one plain connection. Throws `unavailable` / `StorageUnavailable`. */
export async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config)
  // What is lost is noticed by the query that fails.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.end().catch(() => undefined)
    throw toConnectError(error)
  }
}

/** `unavailable` / `DatabaseIsStandby`: a standby answers with a state of the past. */
export function databaseIsStandby(): ServiceError {
  return new ServiceError(
    'unavailable',
    'DatabaseIsStandby',
    'The PostgreSQL server is a standby. Connect to the primary (target_session_attrs=read-write).',
    { retryAfterSeconds: 5 },
  )
}

async function loadSettings(client: pg.Client): Promise<Settings> {
  try {
    const result = await client.query<Settings>({
      text: `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('synchronous_standby_names') AS synchronous_standby_names, pg_is_in_recovery() AS standby`,
      types: valueTypes,
    })
    const [settings] = result.rows
    if (settings === undefined) throw new Error('The server gave no settings.')
    return settings
  } catch (error) {
    throw toConnectError(error)
  }
}

function refuseUnsafeDurability(settings: Settings): void {
  for (const name of ['fsync', 'full_page_writes'] as const) {
    if (settings[name] !== 'on') {
      throw unsafeDurability(
        `PostgreSQL runs with ${name}=${settings[name]}: a crash can lose or damage data. Turn it on.`,
      )
    }
  }
  if (settings.synchronous_commit !== 'on' && settings.synchronous_commit !== 'remote_apply') {
    throw unsafeDurability(
      `PostgreSQL runs with synchronous_commit=${settings.synchronous_commit}: acknowledged writes can be lost. Set it to on.`,
    )
  }
}

function unsafeDurability(message: string): ServiceError {
  return new ServiceError('precondition-failed', 'UnsafeDurability', message)
}

/**
 * A pooler in transaction mode gives each transaction whatever server connection is free. While a second client holds a
 * transaction on the one that the first has just used, the first is moved to another: its session settings are gone.
 */
async function refuseTransactionPooler(first: pg.Client, config: pg.ClientConfig): Promise<void> {
  const probe = randomHex(8)
  const second = await connect(config)
  try {
    await first.query("SELECT set_config('strongroom.probe', $1, false)", [probe])
    await second.query('BEGIN')
    const { rows } = await first.query<{ probe: string | null }>({
      text: "SELECT current_setting('strongroom.probe', true) AS probe",
    })
    if (rows[0]?.probe !== probe) throw transactionPooler()
  } catch (error) {
    throw error instanceof ServiceError ? error : toConnectError(error)
  } finally {
    second.end().catch(() => undefined)
  }
}

function transactionPooler(): ServiceError {
  return new ServiceError(
    'precondition-failed',
    'TransactionPooler',
    'The database URL leads to a pooler in transaction mode, where session locks do not hold. Connect to PostgreSQL itself or to a pooler in session mode.',
  )
}
