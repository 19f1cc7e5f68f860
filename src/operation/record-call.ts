import type { PendingRecord } from '#audit/audit-log.ts'
import { type AuditDecision, makeRecord } from '#audit/record.ts'
import type { Caller } from '#authentication/caller.ts'
import type { Decision } from '#authorization/decision.ts'
import type { Guid } from '#base/ids.ts'
import type { AuditView, Operation, OperationRequest, Place, RequestFacts } from './operation.ts'
import type { Admission, TrustedService } from './place-rules.ts'

/** Everything one record says of one call. */
export interface RecordedCall {
  readonly id: Guid
  readonly surface: string
  readonly operation: Operation
  readonly request: OperationRequest
  readonly caller: Caller | undefined
  /** Undefined for open operations, and for calls that failed before a decision. */
  readonly decision: Decision | 'filtered' | undefined
  readonly admission: Admission | undefined
  readonly trustedService: TrustedService | undefined
  readonly view: AuditView
  readonly status: number
  /** The error's message; undefined on success. */
  readonly description: string | undefined
  readonly time: Date
  readonly durationMilliseconds: number
}

/** The record of a call that reached its operation. */
export function recordCall(call: RecordedCall): PendingRecord {
  const { request, caller, view, operation } = call
  const { facts, place } = request
  return makeRecord({
    id: call.id,
    time: call.time,
    operationName: operation.audit?.operationName ?? operation.id,
    operationVersion: request.apiVersion,
    httpStatusCode: call.status,
    resultDescription: call.description,
    correlationId: facts.clientRequestId ?? facts.requestId,
    callerIpAddress: facts.clientAddress,
    claimsJson: caller?.auditClaimsJson,
    durationMilliseconds: call.durationMilliseconds,
    resource: view.resource ?? place.scope.path,
    objectId: view.id,
    requestUri: view.requestUri,
    userAgent: facts.userAgent,
    tlsVersion: facts.tlsVersion,
    properties: view.properties,
    tenant: place.tenant,
    principal: caller?.principal,
    surface: call.surface,
    operation: operation.id,
    decision: call.admission?.outcome === 'refused' ? shutOut(call.admission) : auditDecision(call.decision, operation),
    privateEndpoint: facts.privateEndpoint,
    trustedService: isByTrust(call.admission) ? call.trustedService : undefined,
    version: view.version,
  })
}

/** What is recorded of a well-signed token that was refused before any operation was reached. */
export interface RefusedToken {
  readonly id: Guid
  readonly surface: string
  readonly place: Place
  readonly facts: RequestFacts
  readonly reason: string
  readonly description: string
  readonly status: number
  readonly time: Date
  readonly durationMilliseconds: number
}

/** The record of a well-signed token that was refused. */
export function recordRefusedToken(refused: RefusedToken): PendingRecord {
  const { facts, place } = refused
  return makeRecord({
    id: refused.id,
    time: refused.time,
    operationName: 'Authentication',
    operationVersion: '',
    httpStatusCode: refused.status,
    resultDescription: refused.description,
    correlationId: facts.clientRequestId ?? facts.requestId,
    callerIpAddress: facts.clientAddress,
    claimsJson: undefined,
    durationMilliseconds: refused.durationMilliseconds,
    resource: place.scope.path,
    requestUri: '',
    userAgent: facts.userAgent,
    tlsVersion: facts.tlsVersion,
    tenant: place.tenant,
    surface: refused.surface,
    operation: 'authenticate',
    decision: { outcome: 'refused', reason: refused.reason },
    privateEndpoint: facts.privateEndpoint,
  })
}

function shutOut({ error }: Extract<Admission, { outcome: 'refused' }>): AuditDecision {
  return { outcome: 'shut-out', reason: error.innerCode ?? error.code }
}

function isByTrust(admission: Admission | undefined): boolean {
  return admission?.outcome === 'admitted' && admission.as === 'trusted-service'
}

function auditDecision(decision: RecordedCall['decision'], operation: Operation): AuditDecision {
  if (operation.open !== undefined) return { outcome: 'open', reason: operation.open }
  if (decision === undefined) return { outcome: 'none', reason: 'undecided' }
  if (decision === 'filtered') return { outcome: 'open', reason: 'filtered' }
  if (decision.outcome === 'allow') {
    return {
      outcome: 'allow',
      action: decision.action.name,
      scope: decision.scope.path,
      ...(decision.assignmentId === undefined
        ? { accessPolicy: decision.accessPolicy }
        : { assignmentId: decision.assignmentId }),
    }
  }
  return {
    outcome: 'deny',
    action: decision.action.name,
    scope: decision.scope.path,
    reason: decision.reason,
    denyAssignmentId: decision.denyAssignmentId,
  }
}
