import type { Caller } from '#authentication/caller.ts'
import type { BuiltInPrincipal } from '#authorization/built-in-principals.ts'
import type { Clock } from '#base/clock.ts'
import { type ClientId, type TenantId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Database } from '#storage/database.ts'
import type { Gate } from './invoke.ts'
import type { Operation, OperationRequest, Place, Surface } from './operation.ts'
import type { Released } from './release.ts'

/** One thing that a background job does: an operation, on what, and as whom. */
export interface BackgroundCall {
  readonly surface: Surface
  /** Need not be one of the surface's: what only a schedule does has no route. */
  readonly operation: Operation
  readonly principal: BuiltInPrincipal
  readonly place: Place
  /** Path template parameters by name. */
  readonly path: Readonly<Record<string, string>>
  /** `https://host`, for the record. */
  readonly origin: string
}

/** Runs background calls through the gate: decided, transacted and recorded as any other call. */
export interface BackgroundCalls {
  run(call: BackgroundCall): Promise<Released>
}

/** Schedules have no ambient authority: each call is made by a built-in principal, and the evaluator decides. */
export function createBackgroundCalls(its: {
  readonly gate: Pick<Gate, 'invoke'>
  readonly database: Pick<Database, 'currentFreshness'>
  readonly clock: Clock
}): BackgroundCalls {
  return {
    async run({ surface, operation, principal, place, path, origin }) {
      const caller = await callerOf(its.database, principal, place.tenant)
      return its.gate.invoke({
        surface,
        operation,
        caller,
        request: requestOf(its.clock, { place, path, origin, operation }),
      })
    },
  }
}

async function callerOf(
  database: Pick<Database, 'currentFreshness'>,
  { id, name }: BuiltInPrincipal,
  tenant: TenantId,
): Promise<Caller> {
  const { epoch } = await database.currentFreshness(tenant)
  return {
    tenant,
    principal: id,
    kind: 'application',
    clientId: trustGuid<ClientId>(id),
    tokenId: '',
    keyId: '',
    issuedAtSeconds: 0,
    expiresAtSeconds: 0,
    issuer: '',
    epoch,
    auditClaimsJson: JSON.stringify({ appid: id, oid: id, name }),
    displayName: undefined,
  }
}

function requestOf(
  clock: Clock,
  { place, path, origin, operation }: Pick<BackgroundCall, 'place' | 'path' | 'origin' | 'operation'>,
): OperationRequest {
  return {
    place,
    method: operation.method,
    origin,
    path,
    query: new Map(),
    apiVersion: '',
    header: () => undefined,
    body: Buffer.alloc(0),
    contentType: '',
    facts: {
      requestId: randomGuid(),
      clientRequestId: undefined,
      clientAddress: '',
      userAgent: 'strongroom',
      tlsVersion: '',
      remotePort: 0,
      localPort: 0,
      startedAtMilliseconds: clock.monotonicMilliseconds(),
    },
  }
}
