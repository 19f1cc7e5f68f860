import type { Guid, PrincipalId, TenantId } from '#base/ids.ts'
import type { PendingRecord } from './audit-log.ts'

/** The longest line a leaf may have, in bytes; C2SP entry bundles carry lengths in 16 bits. */
const maximumLineBytes = 65_535
/** Room for what the log adds: `,"lane":…,"sequence":…}}`. */
const placeBytes = 64
export const maximumBodyBytes = maximumLineBytes - placeBytes

/**
 * Everything a record shows of one call: an allow-list, filled by the one place that runs operations. Nothing here is a
 * value, a token or a key, and `requestUri` is rebuilt from parsed parameters.
 */
export interface AuditFacts {
  readonly id: Guid
  readonly time: Date
  /** Azure's operationName, `SecretGet`. */
  readonly operationName: string
  /** The api-version that was served; '' where the surface has none. */
  readonly operationVersion: string
  readonly httpStatusCode: number
  /** The error's message; left out on success. */
  readonly resultDescription?: string | undefined
  readonly correlationId: string
  readonly callerIpAddress: string
  /** The token's claims as a JSON object's text, or undefined for an unauthenticated call. */
  readonly claimsJson: string | undefined
  readonly durationMilliseconds: number
  /** The resource's scope; shown in upper case. */
  readonly resource: string
  /** `https://vault/secrets/name[/version]`; lists have none. */
  readonly objectId?: string | undefined
  readonly requestUri: string
  readonly userAgent: string
  /** `TLS1_3`, or '' without TLS. */
  readonly tlsVersion: string
  /** Further members of `properties`: counts, versions, types. */
  readonly properties?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly tenant: TenantId
  readonly principal?: PrincipalId | undefined
  readonly surface: string
  /** Azure's operation id, `getSecret`. */
  readonly operation: string
  readonly decision: AuditDecision
  /** The private endpoint that the connection came through. */
  readonly privateEndpoint?: string | undefined
  /** The part of this program that was let in past the network rules. */
  readonly trustedService?: string | undefined
  /** The secret version that was read or written. */
  readonly version?: string | undefined
}

export type AuditDecision =
  | {
      readonly outcome: 'allow'
      readonly action: string
      readonly scope: string
      readonly assignmentId: string
      readonly accessPolicy?: never
    }
  /** A vault's access policies decided; `accessPolicy` is the object id that the policy names. */
  | {
      readonly outcome: 'allow'
      readonly action: string
      readonly scope: string
      readonly assignmentId?: never
      readonly accessPolicy: string
    }
  | {
      readonly outcome: 'deny'
      readonly action: string
      readonly scope: string
      readonly reason: string
      readonly denyAssignmentId?: string | undefined
    }
  /** Denied by the place's network rules, before anything was decided about the caller. */
  | { readonly outcome: 'shut-out'; readonly reason: string }
  /** An operation that asks nobody, and why; `filtered` for one that shows each caller what that caller may see. */
  | { readonly outcome: 'open'; readonly reason: string }
  /** The call failed before anything was decided. */
  | { readonly outcome: 'none'; readonly reason: 'undecided' }
  /** Refused before there was a decision: a well-signed token that is expired, revoked or for somebody else. */
  | { readonly outcome: 'refused'; readonly reason: string }

interface Caps {
  readonly short: number
  readonly long: number
  readonly claims: number
  readonly properties: boolean
}

const usualCaps: Caps = { short: 512, long: 4096, claims: 8192, properties: true }
/** With every character escaped this is below the limit whatever the facts hold. */
const tightCaps: Caps = { short: 128, long: 512, claims: 0, properties: false }

/**
 * The record of one call, in the shape of Azure's AuditEvent with a `strongroom` object as its last member. Long texts are
 * cut, so that the line always fits; a record that had to be cut to the bone says `"truncated":true`.
 * Source: Azure Key Vault logging, "Interpret your Key Vault logs".
 */
export function makeRecord(facts: AuditFacts): PendingRecord {
  const body = joinRecord(facts, usualCaps)
  if (body.length * 3 <= maximumBodyBytes || Buffer.byteLength(body) <= maximumBodyBytes) return { id: facts.id, body }
  return { id: facts.id, body: `${joinRecord(facts, tightCaps)},"truncated":true` }
}

function joinRecord(facts: AuditFacts, caps: Caps): string {
  const remembers = caps === usualCaps
  return (
    `{"time":"${formatTime(facts.time)}","category":"AuditEvent","operationName":${quoteRecurring(facts.operationName, caps.short)},"resultType":"Success"` +
    (facts.resultDescription === undefined ? '' : `,"resultDescription":${quote(facts.resultDescription, caps.long)}`) +
    `,"correlationId":${quote(facts.correlationId, caps.short)}` +
    (remembers ? rememberedSource(facts) : joinSource(facts, caps)) +
    (remembers ? rememberedProperties(facts) : joinProperties(facts, caps)) +
    (remembers ? rememberedTarget(facts) : joinTarget(facts, caps)) +
    `,"durationMs":"${Math.max(0, Math.round(facts.durationMilliseconds))}","strongroom":{"id":"${facts.id}"` +
    (remembers ? rememberedDecision(facts) : joinDecision(facts, caps)) +
    (facts.version === undefined ? '' : `,"version":${quoteRecurring(facts.version, caps.short)}`)
  )
}

/** What was asked for, by which program, and how it was let in. */
function joinProperties(facts: AuditFacts, caps: Caps): string {
  const { decision } = facts
  let text = ',"properties":{'
  if (facts.objectId !== undefined) text += `"id":${quote(facts.objectId, caps.long)},`
  text += `"clientInfo":${quoteUserAgent(facts.userAgent, caps.short)},"httpStatusCode":${facts.httpStatusCode},"requestUri":${quote(facts.requestUri, caps.long)}`
  if (decision.outcome === 'allow') {
    text +=
      decision.assignmentId === undefined
        ? ',"isAccessPolicyMatch":true'
        : `,"isRbacAuthorized":true,"appliedAssignmentId":${quoteAssignmentId(decision.assignmentId)}`
  } else if (decision.outcome === 'deny') {
    text += decision.reason === 'NoAccessPolicy' ? ',"isAccessPolicyMatch":false' : ',"isRbacAuthorized":false'
  }
  // Of a call that failed before, nobody asked whether its address may.
  if (decision.outcome !== 'none') text += `,"isAddressAuthorized":${decision.outcome !== 'shut-out'}`
  if (facts.privateEndpoint !== undefined)
    text += `,"privateEndpoint":${quoteRecurring(facts.privateEndpoint, caps.short)}`
  if (facts.trustedService !== undefined)
    text += `,"trustedService":${quoteRecurring(facts.trustedService, caps.short)}`
  if (facts.tlsVersion !== '') text += `,"tlsVersion":${quoteRecurring(facts.tlsVersion, caps.short)}`
  if (caps.properties && facts.properties !== undefined) {
    for (const [name, value] of Object.entries(facts.properties)) {
      text += `,${quote(name, caps.short)}:${typeof value === 'string' ? quote(value, caps.short) : String(value)}`
    }
  }
  return `${text}}`
}

/** From where, and who. */
function joinSource({ callerIpAddress, claimsJson }: AuditFacts, caps: Caps): string {
  const claims =
    claimsJson === undefined ? '' : `,"identity":{"claim":${claimsJson.length <= caps.claims ? claimsJson : '{}'}}`
  return `,"callerIpAddress":${quote(callerIpAddress, caps.short)}${claims}`
}

/** Which resource, under which version, with which result. */
function joinTarget({ resource, operationVersion, httpStatusCode }: AuditFacts, caps: Caps): string {
  return (
    `,"resourceId":${quote(resource.toUpperCase(), caps.long)},"operationVersion":${quote(operationVersion, caps.short)}` +
    `,"resultSignature":"${resultSignature(httpStatusCode)}"`
  )
}

/** What was decided about whom. */
function joinDecision({ tenant, principal, surface, operation, decision }: AuditFacts, caps: Caps): string {
  const whom =
    `,"tenant":"${tenant}"${principal === undefined ? '' : `,"principal":"${principal}"`}` +
    `,"surface":${quote(surface, caps.short)},"operation":${quote(operation, caps.short)}`
  switch (decision.outcome) {
    case 'allow':
      return (
        `${whom},"action":${quote(decision.action, caps.short)},"scope":${quote(decision.scope, caps.long)},"decision":"allow"` +
        (decision.assignmentId === undefined
          ? `,"accessPolicy":${quote(decision.accessPolicy, caps.short)}`
          : `,"assignmentId":${quote(decision.assignmentId, caps.short)}`)
      )
    case 'deny':
      return (
        `${whom},"action":${quote(decision.action, caps.short)},"scope":${quote(decision.scope, caps.long)},"decision":"deny","reason":${quote(decision.reason, caps.short)}` +
        (decision.denyAssignmentId === undefined
          ? ''
          : `,"denyAssignmentId":${quote(decision.denyAssignmentId, caps.short)}`)
      )
    case 'shut-out':
      return `${whom},"decision":"deny","reason":${quote(decision.reason, caps.short)}`
    case 'open':
    case 'none':
    case 'refused':
      return `${whom},"decision":"${decision.outcome}","reason":${quote(decision.reason, caps.short)}`
  }
}

interface RememberedPart {
  readonly facts: AuditFacts
  text: string
  isWhole: boolean
}

/**
 * Parts of a record that come again with each call of one caller or on one resource. Joining strings costs by the piece, so
 * the last such part is kept under its most telling member, with what it was made of; in one piece once it came again.
 */
class RememberedParts {
  readonly #parts = new Map<string, RememberedPart>()
  readonly #join: (facts: AuditFacts, caps: Caps) => string
  readonly #isSame: (known: AuditFacts, facts: AuditFacts) => boolean

  constructor(
    join: (facts: AuditFacts, caps: Caps) => string,
    isSame: (known: AuditFacts, facts: AuditFacts) => boolean,
  ) {
    this.#join = join
    this.#isSame = isSame
  }

  find(key: string, facts: AuditFacts): string {
    const known = this.#parts.get(key)
    if (known === undefined || !this.#isSame(known.facts, facts)) return this.#keep(key, facts)
    if (!known.isWhole) {
      known.text = inOnePiece(known.text)
      known.isWhole = true
    }
    return known.text
  }

  #keep(key: string, facts: AuditFacts): string {
    const text = this.#join(facts, usualCaps)
    if (this.#parts.size >= maximumRememberedParts) this.#parts.clear()
    this.#parts.set(key, { facts, text, isWhole: false })
    return text
  }
}

function inOnePiece(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

const rememberedTexts = 4096
const maximumRememberedParts = 1024

const sources = new RememberedParts(
  joinSource,
  (known, facts) => known.callerIpAddress === facts.callerIpAddress && known.claimsJson === facts.claimsJson,
)

function rememberedSource(facts: AuditFacts): string {
  return sources.find(facts.claimsJson ?? '', facts)
}

const targets = new RememberedParts(
  joinTarget,
  (known, facts) =>
    known.resource === facts.resource &&
    known.operationVersion === facts.operationVersion &&
    known.httpStatusCode === facts.httpStatusCode,
)

function rememberedTarget(facts: AuditFacts): string {
  return targets.find(facts.resource, facts)
}

const properties = new RememberedParts(
  joinProperties,
  (known, facts) =>
    known.objectId === facts.objectId &&
    known.userAgent === facts.userAgent &&
    known.httpStatusCode === facts.httpStatusCode &&
    known.requestUri === facts.requestUri &&
    known.tlsVersion === facts.tlsVersion &&
    known.privateEndpoint === facts.privateEndpoint &&
    known.trustedService === facts.trustedService &&
    isSameDecision(known.decision, facts.decision),
)

/** As with decisions; and without further members, which count what came of the one call. */
function rememberedProperties(facts: AuditFacts): string {
  return facts.decision.outcome === 'allow' && facts.properties === undefined
    ? properties.find(facts.requestUri, facts)
    : joinProperties(facts, usualCaps)
}

const decisions = new RememberedParts(
  joinDecision,
  (known, facts) =>
    known.tenant === facts.tenant &&
    known.principal === facts.principal &&
    known.surface === facts.surface &&
    known.operation === facts.operation &&
    isSameDecision(known.decision, facts.decision),
)

/** Only what was allowed comes often enough to be remembered; by its scope, for one caller reads many secrets in turn. */
function rememberedDecision(facts: AuditFacts): string {
  const { decision } = facts
  return decision.outcome === 'allow' ? decisions.find(decision.scope, facts) : joinDecision(facts, usualCaps)
}

function isSameDecision(known: AuditDecision, decision: AuditDecision): boolean {
  return (
    known.outcome === 'allow' &&
    decision.outcome === 'allow' &&
    known.action === decision.action &&
    known.scope === decision.scope &&
    known.assignmentId === decision.assignmentId &&
    known.accessPolicy === decision.accessPolicy
  )
}

const assignmentIds = new Map<string, string>()

/** The last GUID of an assignment's id as 32 hexadecimal digits, Azure's form, quoted. */
function quoteAssignmentId(id: string): string {
  const known = assignmentIds.get(id)
  if (known !== undefined) return known
  const quoted = quote(id.slice(id.lastIndexOf('/') + 1).replaceAll('-', ''), usualCaps.short)
  if (assignmentIds.size >= rememberedTexts) assignmentIds.clear()
  assignmentIds.set(id, quoted)
  return quoted
}

const texts = new Map<string, string>()

/** `quote` for texts that come again and again: names, actions, scopes, versions, addresses. */
function quoteRecurring(text: string, maximum: number): string {
  if (maximum !== usualCaps.short || text.length > maximum) return quote(text, maximum)
  const known = texts.get(text)
  if (known !== undefined) return known
  const quoted = quote(text, maximum)
  if (texts.size >= rememberedTexts) texts.clear()
  texts.set(text, quoted)
  return quoted
}

const plainText = /^[ !#-[\]-~]*$/

/** A JSON string of at most `maximum` UTF-16 units of `text`. */
export function quote(text: string, maximum: number): string {
  const kept = text.length <= maximum ? text : `${text.slice(0, maximum)}…`
  return plainText.test(kept) ? `"${kept}"` : JSON.stringify(kept)
}

let lastTime = Number.NaN
let lastTimeText = ''

/** ISO 8601 with seven fractional digits, as Azure writes `time`. */
export function formatTime(time: Date): string {
  const milliseconds = time.getTime()
  if (milliseconds !== lastTime) {
    lastTime = milliseconds
    lastTimeText = `${time.toISOString().slice(0, -1)}0000Z`
  }
  return lastTimeText
}

let lastUserAgent = ''
let lastUserAgentQuoted = '""'

function quoteUserAgent(text: string, maximum: number): string {
  if (maximum !== usualCaps.short) return quote(text, maximum)
  if (text !== lastUserAgent) {
    lastUserAgent = text
    lastUserAgentQuoted = quote(text, maximum)
  }
  return lastUserAgentQuoted
}

const signatures: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** Azure's `resultSignature` for a status; `resultType` is "Success" whatever the status. */
export function resultSignature(status: number): string {
  return signatures[status] ?? String(status)
}
