/** The gate over a real engine, real permissions and the vault's dialect, with operations of a few lines and a log that obeys. */
import assert from 'node:assert/strict'
import type { AuditReceipt } from '#audit/audit-log.ts'
import { insertOutbox } from '#audit/outbox-store.ts'
import type { CountedRefusal } from '#audit/refusal-tally.ts'
import type { Caller } from '#authentication/caller.ts'
import { revalidateCaller, revokeAllTokens } from '#authentication/principal-standing.ts'
import { createAuthorizer } from '#authorization/authorizer.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { dataAction } from '#authorization/decision.ts'
import { deleteRoleAssignment, saveRoleAssignment } from '#authorization/role-assignment-store.ts'
import { roleDefinitionResourceId } from '#authorization/role-definition.ts'
import { parseScope, type Scope } from '#authorization/scope.ts'
import { type Guid, type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import type { LogFields, Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import { createUser } from '#directory/principal-store.ts'
import { createGate, type Gate, type GateDependencies } from '#operation/invoke.ts'
import {
  defineOperation,
  type Operation,
  type OperationRequest,
  type Place,
  type Requirements,
  type Surface,
} from '#operation/operation.ts'
import { type Database, defineStatement, type Reader, type Writer } from '#storage/database.ts'
import { vaultDialect } from '#vault/dialect.ts'
import { createTenant, fixedClock } from '../support/databases.ts'
import { openRules, sampleCaller, samplePlace, vaultRequest } from '../support/vault-fixtures.ts'
import { type ReadRecord, readRecord, ScriptedLog } from './gate-scripted-log.ts'

/** What a note holds; it may leave with an answer of 200 and in no other way. */
export const noteValue = 'made-up value 5c1d'

export const readNotes = dataAction('Microsoft.KeyVault/vaults/secrets/getSecret/action')
export const writeNotes = dataAction('Microsoft.KeyVault/vaults/secrets/setSecret/action')

const noteStatement = defineStatement<{ value: string }>(
  'gate-test-note',
  'SELECT value FROM installation WHERE name = $1',
)

/** An answer with its JSON body read. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: unknown
  readonly receipt: AuditReceipt | undefined
}

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** What an operation does besides reading or writing its note; each is called in its place, each time. */
export interface Hooks {
  parse?(request: OperationRequest): void
  requirements?(): Promise<void> | void
  /** What is required instead of reading or writing notes at the place. */
  required?: Requirements
  prepare?(): Promise<void>
  /** Before the note is read or written. */
  before?(transaction: Reader): Promise<void>
  /** After it was. */
  after?(transaction: Reader): Promise<void>
  respond?(): void
  view?(): void
}

/** A made-up operation with what was called of it, in order. */
export interface TracedOperation {
  readonly operation: Operation
  readonly steps: string[]
}

/** Everything that one server process has of a gate. Several can stand on one database. */
export class GateHarness {
  readonly database: Database
  readonly tenant: TenantId
  readonly place: Place
  readonly log: ScriptedLog
  readonly gate: Gate
  readonly surface: Surface
  readonly refusals: CountedRefusal[] = []
  /** Keys that sign nothing any more, once the epoch has moved. */
  readonly withdrawnKeys = new Set<string>()
  readonly logged: LoggedLine[] = []

  private constructor(database: Database, tenant: TenantId, change: Partial<GateDependencies>) {
    this.database = database
    this.tenant = tenant
    this.place = { ...samplePlace, tenant }
    this.log = new ScriptedLog()
    this.surface = {
      name: 'vault',
      operations: [],
      maximumBodyBytes: 1024,
      apiVersions: 'newest-not-later',
      dialect: vaultDialect,
    }
    const note = (level: LoggedLine['level']) => (message: string, fields?: LogFields) =>
      void this.logged.push({ level, message, fields: fields ?? {} })
    const logger: Logger = { info: note('info'), warn: note('warn'), error: note('error') }
    this.gate = createGate({
      database,
      authorizer: createAuthorizer(),
      rules: openRules,
      audit: this.log,
      refusals: { count: (refusal) => void this.refusals.push(refusal), close: () => Promise.resolve() },
      outbox: { insert: insertOutbox },
      revalidate: (caller, reader) =>
        revalidateCaller(caller, reader, { isWithdrawn: async (_reader, keyId) => this.withdrawnKeys.has(keyId) }),
      clock: fixedClock(),
      logger,
      ...change,
    })
  }

  /** In a tenant of its own, which has one note. */
  static async open(database: Database, change: Partial<GateDependencies> = {}): Promise<GateHarness> {
    const harness = new GateHarness(database, await createTenant(database), change)
    await database.system('write', (kysely) =>
      kysely.insertInto('installation').values({ name: harness.noteName, value: noteValue }).execute(),
    )
    return harness
  }

  /** Another server process's gate, in the same tenant. */
  beside(database: Database = this.database, change: Partial<GateDependencies> = {}): GateHarness {
    return new GateHarness(database, this.tenant, change)
  }

  get noteName(): string {
    return `gate-test/${this.tenant}`
  }

  get records(): readonly ReadRecord[] {
    return this.log.records.map(readRecord)
  }

  /** A user who may do nothing yet. */
  user(): Promise<PrincipalId> {
    return this.moving('generation', async (writer) => {
      const name = randomGuid()
      return (await createUser(writer, { displayName: name, userPrincipalName: `${name}@test` })).id
    })
  }

  /** A user who may read notes at the place. */
  async reader(): Promise<PrincipalId> {
    const principal = await this.user()
    await this.grant(principal)
    return principal
  }

  /** A user who may read and write notes at the place. */
  async writer(): Promise<PrincipalId> {
    const principal = await this.user()
    await this.grant(principal, 'keyVaultSecretsOfficer')
    return principal
  }

  /** Assigns a role at the place, as another server process would: not through this gate. Gives the assignment's id. */
  grant(principalId: PrincipalId, role: keyof typeof builtInRoleIds = 'keyVaultSecretsUser'): Promise<Guid> {
    return this.moving('generation', (writer) => assignRole(writer, { principalId, role, scope: this.place.scope }))
  }

  async revoke(assignmentId: Guid): Promise<void> {
    await this.moving('generation', (writer) => deleteRoleAssignment(writer, this.place.scope, assignmentId))
  }

  /** A write that changes nothing but the counter. */
  async touch(): Promise<void> {
    await this.moving('generation', () => Promise.resolve())
  }

  moving<T>(moves: 'generation' | 'epoch' | 'both', work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.database.write({ tenant: this.tenant, moves }, work)
  }

  async caller(principal: PrincipalId, change: Partial<Caller> = {}): Promise<Caller> {
    const { epoch } = await this.database.currentFreshness(this.tenant)
    return {
      ...sampleCaller,
      tenant: this.tenant,
      principal,
      epoch,
      issuer: `https://sts.windows.net/${this.tenant}/`,
      ...change,
    }
  }

  async invoke(operation: Operation, as: PrincipalId | Caller | undefined, body?: unknown): Promise<Answered> {
    const caller = typeof as === 'string' ? await this.caller(as) : as
    const released = await this.gate.invoke({
      surface: this.surface,
      operation,
      request: vaultRequest({ place: this.place, method: operation.method, body }),
      caller,
    })
    const text = String(released.body ?? '')
    const { status, headers, receipt } = released
    return { status, headers, text, body: text === '' ? undefined : JSON.parse(text), receipt }
  }

  /** Reads the note through a hot statement. */
  readNote(hooks: Hooks = {}): TracedOperation {
    const steps: string[] = []
    const operation = defineOperation<string, string, string>({
      ...traced(steps, hooks, [{ anyOf: [readNotes], scope: this.place.scope }]),
      id: 'getNote',
      method: 'GET',
      access: 'read',
      handle: async ({ transaction }) => {
        steps.push('handle')
        await hooks.before?.(transaction)
        const value = await this.#findNote(transaction)
        await hooks.after?.(transaction)
        return value
      },
    })
    return { operation, steps }
  }

  /** Writes the body into the note. */
  writeNote(hooks: Hooks = {}, moves?: 'generation' | 'epoch'): TracedOperation {
    const steps: string[] = []
    const operation = defineOperation<string, string, string>({
      ...traced(steps, hooks, [{ anyOf: [writeNotes], scope: this.place.scope }]),
      ...(moves === undefined ? {} : { moves }),
      id: 'setNote',
      method: 'PUT',
      access: 'write',
      handle: async ({ transaction }, input) => {
        steps.push('handle')
        await hooks.before?.(transaction)
        await transaction.kysely
          .updateTable('installation')
          .set({ value: input })
          .where('name', '=', this.noteName)
          .execute()
        await hooks.after?.(transaction)
        return input
      },
    })
    return { operation, steps }
  }

  /** What the note says now. */
  note(): Promise<string> {
    return this.database.read({ tenant: this.tenant }, (reader) => this.#findNote(reader))
  }

  /** The outbox rows of the tenant, oldest first. */
  async outbox(): Promise<readonly { readonly lane: number; readonly record: ReadRecord }[]> {
    const rows = await this.database.system('read', (kysely) =>
      kysely.selectFrom('audit_outbox').selectAll().where('tenant_id', '=', this.tenant).orderBy('position').execute(),
    )
    return rows.map(({ lane, record_id, body }) => ({ lane, record: readRecord({ id: trustGuid(record_id), body }) }))
  }

  async #findNote(reader: Reader): Promise<string> {
    const [row] = await reader.rows(noteStatement, [this.noteName])
    assert.ok(row !== undefined)
    return row.value
  }
}

export async function assignRole(
  writer: Writer,
  grant: {
    readonly principalId: PrincipalId
    readonly role: keyof typeof builtInRoleIds
    readonly scope: Scope
  },
): Promise<Guid> {
  const { principalId, role, scope } = grant
  const { assignment } = await saveRoleAssignment(writer, {
    id: randomGuid(),
    scope,
    writtenScope: scope.path,
    roleDefinitionId: roleDefinitionResourceId(builtInRoleIds[role], parseScope(scope.path)),
    principalId,
    by: principalId,
  })
  return assignment.id
}

/** The steps that reading and writing have in common. The input is the body's text, the answer is `{"value":…}`. */
function traced(steps: string[], hooks: Hooks, required: Requirements) {
  return {
    path: '/notes',
    since: '7.0',
    parse(request: OperationRequest): string {
      steps.push('parse')
      hooks.parse?.(request)
      return request.body.toString('utf8')
    },
    async requirements(): Promise<Requirements> {
      steps.push('requirements')
      await hooks.requirements?.()
      return hooks.required ?? required
    },
    async prepare(): Promise<string> {
      steps.push('prepare')
      await hooks.prepare?.()
      return 'prepared'
    },
    respond(value: string) {
      steps.push('respond')
      hooks.respond?.()
      return { status: 200, body: JSON.stringify({ value }) }
    },
    audit: {
      operationName: 'NoteOperation',
      view(_input: string, { origin }: OperationRequest, output: string | undefined) {
        steps.push(output === undefined ? 'view' : 'view of output')
        hooks.view?.()
        return { requestUri: `${origin}/notes` }
      },
    },
  } as const
}

/** How often each step came. */
export function countSteps(steps: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const step of steps) counts[step] = (counts[step] ?? 0) + 1
  return counts
}

/** `work` the first time, nothing afterwards. */
export function once(work: () => Promise<unknown>): () => Promise<void> {
  let done = false
  return async () => {
    if (done) return
    done = true
    await work()
  }
}

/** After this, every token of the tenant that was minted before now is worth nothing. */
export function revokeEverything(harness: GateHarness): Promise<void> {
  return harness.moving('epoch', revokeAllTokens)
}

/** When a caller's token was minted. */
export const longAgo = { issuedAtSeconds: 0 }
export const farAhead = { issuedAtSeconds: Date.UTC(2100, 0) / 1000 }
