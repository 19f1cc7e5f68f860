/** Audit logs for tests: both engines behind one opener, timers moved by hand, and ready records. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditLog, PendingRecord } from '#audit/audit-log.ts'
import { type FileLogOptions, openFileLog } from '#audit/file-log.ts'
import type { LogSource } from '#audit/log-source.ts'
import type { OutboxStore } from '#audit/outbox.ts'
import { createOutboxStore, insertOutbox } from '#audit/outbox-store.ts'
import { openPostgresLog } from '#audit/postgres-log.ts'
import { openPostgresSource } from '#audit/postgres-source.ts'
import { type AuditFacts, makeRecord } from '#audit/record.ts'
import { openSegmentSource } from '#audit/segment-source.ts'
import type { Timers } from '#audit/timers.ts'
import { type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { silentLogger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { generateNoteKey, type NoteSigner, openNoteSigner } from '#crypto/note.ts'
import type { Database } from '#storage/database.ts'
import { clientConfig, openPostgres } from '#storage/postgres/postgres-database.ts'
import { openPostgresSession, type PostgresSession } from '#storage/postgres/session.ts'
import { openSqlite } from '#storage/sqlite/sqlite-database.ts'
import { fixedClock } from './databases.ts'
import { createDatabase, postgresMissing } from './postgres.ts'

/** Timers that fire when told. */
export class HandTimers implements Timers {
  #waiting: { readonly due: number; readonly work: () => void }[] = []
  #now = 0

  after(milliseconds: number, work: () => void): () => void {
    const entry = { due: this.#now + milliseconds, work }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
    }
  }

  /** Lets that much time pass: runs what is due, in order, also what is set meanwhile. */
  pass(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      const [next] = this.#waiting.filter((entry) => entry.due <= until).sort((a, b) => a.due - b.due)
      if (next === undefined) break
      this.#now = next.due
      this.#waiting = this.#waiting.filter((entry) => entry !== next)
      next.work()
    }
    this.#now = until
  }
}

const testTenant = trustGuid<TenantId>('00000000-0000-4000-8000-000000000001')

/** Always the same signer, for logs that are copied and opened again. */
export const fixedSigner = openNoteSigner('99999999-9999-4999-8999-999999999999/audit', Buffer.alloc(32, 9))

/** A signer of a made-up installation. */
function testSigner(): NoteSigner {
  return openNoteSigner(`${randomGuid()}/audit`, generateNoteKey())
}

/** The facts of an allowed GET secret, with what a test wants otherwise. */
function secretGet(change: Partial<AuditFacts> = {}): AuditFacts {
  return {
    id: randomGuid(),
    time: new Date('2026-11-01T12:00:00.123Z'),
    operationName: 'SecretGet',
    operationVersion: '2025-07-01',
    httpStatusCode: 200,
    correlationId: '11111111-1111-4111-8111-111111111111',
    callerIpAddress: '127.0.0.1',
    claimsJson: '{"oid":"22222222-2222-4222-8222-222222222222","idtyp":"app"}',
    durationMilliseconds: 1.6,
    resource: '/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv1',
    objectId: 'https://kv1.vault.azure.net/secrets/a/00112233445566778899aabbccddeeff',
    requestUri: 'https://kv1.vault.azure.net/secrets/a?api-version=2025-07-01',
    userAgent: 'azsdk-js-keyvault-secrets/4.12.0',
    tlsVersion: 'TLS1_3',
    tenant: testTenant,
    principal: trustGuid<PrincipalId>('22222222-2222-4222-8222-222222222222'),
    surface: 'vault',
    operation: 'getSecret',
    decision: {
      outcome: 'allow',
      action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      scope: '/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/kv1/secrets/a',
      assignmentId: '33333333-3333-4333-8333-333333333333',
    },
    ...change,
  }
}

export function testRecord(change: Partial<AuditFacts> = {}): PendingRecord {
  return makeRecord(secretGet(change))
}

/** An outbox without a database, for tests of the log's files alone. */
export class MemoryOutbox implements OutboxStore {
  rows: PendingRecord[] = []
  index = 0

  pending(_lane: number | undefined, limit: number): Promise<readonly PendingRecord[]> {
    return Promise.resolve(this.rows.slice(0, limit))
  }

  deleteSettled(_lane: number, recordIds: readonly string[], settledIndex: number): Promise<void> {
    this.rows = this.rows.filter((row) => !recordIds.includes(row.id))
    this.index = settledIndex
    return Promise.resolve()
  }

  settledIndex(): Promise<number> {
    return Promise.resolve(this.index)
  }
}

/** A log on files alone, below a folder; what a test wants otherwise goes into `change`. */
export function openTestFileLog(parent: string, change: Partial<FileLogOptions> = {}): Promise<AuditLog> {
  return openFileLog({
    directory: join(parent, 'audit'),
    checkpointFile: join(parent, 'outside', 'checkpoint'),
    signer: fixedSigner,
    outbox: new MemoryOutbox(),
    clock: fixedClock(),
    timers: new HandTimers(),
    logger: silentLogger,
    onFatal: (error) => {
      throw error
    },
    reserveBytes: 2048,
    ...change,
  })
}

/** A small record: a body that is JSON and has an id, and no more. */
export function smallRecord(): PendingRecord {
  const id = randomGuid()
  return { id, body: `{"strongroom":{"id":"${id}"` }
}

/** Where one log lives: its database, files and key. Logs over it are opened and closed as a test needs. */
export interface AuditPlace {
  readonly database: Database
  readonly directory: string
  readonly checkpointFile: string
  readonly signer: NoteSigner
  readonly timers: HandTimers
  openLog(change?: { readonly newLane?: boolean; readonly segmentBytes?: number }): Promise<AuditLog>
  source(): LogSource
  /** Commits a write that holds the record in its outbox. */
  commit(record: PendingRecord, lane: number): Promise<void>
  /** Ends the connection that holds the lease, as a failover does; undefined where there is none. */
  readonly loseLease: (() => Promise<void>) | undefined
  /** Closes what the place itself opened, and removes its files. */
  close(): Promise<void>
}

export interface AuditEngine {
  readonly name: 'files' | 'postgres'
  readonly skip: string | false
  open(): Promise<AuditPlace>
}

export const auditEngines: readonly AuditEngine[] = [
  { name: 'files', skip: false, open: openFilePlace },
  { name: 'postgres', skip: postgresMissing(), open: openPostgresPlace },
]

/** A log on files and its SQLite database, in a new temporary folder. */
async function openFilePlace(): Promise<AuditPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-audit-'))
  const database = await openSqlite({ directory: join(directory, 'data'), clock: fixedClock(), logger: silentLogger })
  const signer = testSigner()
  const timers = new HandTimers()
  const auditDirectory = join(directory, 'data', 'audit')
  const checkpointFile = join(directory, 'outside', 'checkpoint')
  return {
    database,
    directory: auditDirectory,
    checkpointFile,
    signer,
    timers,
    openLog: (change = {}) =>
      openFileLog({
        directory: auditDirectory,
        checkpointFile,
        signer,
        outbox: createOutboxStore(database),
        clock: fixedClock(),
        timers,
        logger: silentLogger,
        onFatal: (error) => {
          throw error
        },
        reserveBytes: 16 * 1024,
        ...change,
      }),
    source: () => openSegmentSource(auditDirectory),
    commit: (record, lane) => database.system('write', (kysely) => insertOutbox(kysely, record, lane, testTenant)),
    loseLease: undefined,
    async close() {
      await database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function openPostgresPlace(): Promise<AuditPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-audit-'))
  const connectionString = await createDatabase()
  const database = await openPostgres({ connectionString, clock: fixedClock(), logger: silentLogger })
  const signer = testSigner()
  const timers = new HandTimers()
  const checkpointFile = join(directory, 'outside', 'checkpoint')
  const reader = await openPostgresSession(clientConfig(connectionString))
  return {
    database,
    directory,
    checkpointFile,
    signer,
    timers,
    openLog: (change = {}) =>
      openPostgresLog({
        connect: () => openPostgresSession(clientConfig(connectionString)),
        checkpointFile,
        signer,
        clock: fixedClock(),
        timers,
        logger: silentLogger,
        newLane: change.newLane ?? false,
      }),
    source: () => openPostgresSource((sql, parameters) => reader.query(sql, parameters)),
    commit: (record, lane) => database.system('write', (kysely) => insertOutbox(kysely, record, lane, testTenant)),
    loseLease: () => endLeases(reader),
    async close() {
      await reader.close()
      await database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function endLeases(session: PostgresSession): Promise<void> {
  await session.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
      WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
}
