import type { Guid } from '#base/ids.ts'
import type { JsonValue } from '#base/json.ts'
import type { PendingRecord } from './audit-log.ts'
import { formatTime, quote, resultSignature } from './record.ts'

/** What the log records of itself. Their names are part of the format: verification reads some of them. */
export type LogEventName =
  /** The first record of every lane: its origin, the verifier key, and what lane it follows. */
  | 'AuditLaneOpened'
  /** Bytes after the last whole signed group were cut at start. */
  | 'AuditTailCut'
  /** A closed segment was compressed: its first record's index and the compressed file's hash. */
  | 'AuditSegmentCompressed'
  /** The newest checkpoint of every lane, once a minute while there is activity. */
  | 'AuditAnchor'
  /** Calls refused for want of a valid token, counted. */
  | 'Authentication'
  /** Calls refused before authentication, counted. */
  | 'RequestRefused'

export interface LogEvent {
  readonly id: Guid
  readonly time: Date
  readonly name: LogEventName
  readonly properties: Readonly<Record<string, JsonValue>>
  /** For counted refusals: the status they were answered with. */
  readonly httpStatusCode?: number
}

/** The record of something that no single caller asked for. The caller keeps `properties` below 60,000 bytes of JSON. */
export function makeLogEvent(event: LogEvent): PendingRecord {
  const status = event.httpStatusCode ?? 200
  const properties = JSON.stringify({ httpStatusCode: status, ...event.properties })
  const body =
    `{"time":"${formatTime(event.time)}","category":"AuditEvent","operationName":${quote(event.name, 64)},"resultType":"Success"` +
    `,"correlationId":"${event.id}","properties":${properties},"resourceId":"/","operationVersion":"","resultSignature":"${resultSignature(status)}"` +
    `,"durationMs":"0","strongroom":{"id":"${event.id}","surface":"audit","operation":${quote(event.name, 64)},"decision":"open","reason":"log"`
  return { id: event.id, body }
}
