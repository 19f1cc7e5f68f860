import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { notSupported, parseShape } from '../../body.ts'
import { quoteName } from '../../resource-id.ts'
import { definedMembers } from '../../wire.ts'

/** The one category of records that a vault has, and the groups that hold it. */
export const auditCategory = 'AuditEvent'
const categoryGroups = ['audit', 'allLogs'] as const

const text = z.string().max(1024).nullish()
const retention = z.object({ enabled: z.boolean().optional(), days: z.number().int().optional() }).nullish()
const choice = z.object({ category: text, categoryGroup: text, enabled: z.boolean(), retentionPolicy: retention })

const bodyShape = z.object({
  properties: z.object({
    workspaceId: text,
    storageAccountId: text,
    eventHubAuthorizationRuleId: text,
    eventHubName: text,
    serviceBusRuleId: text,
    marketplacePartnerId: text,
    logAnalyticsDestinationType: text,
    logs: z.array(choice).max(20).nullish(),
    metrics: z.array(choice).max(20).nullish(),
  }),
})

type Properties = z.infer<typeof bodyShape>['properties']
type Choice = z.infer<typeof choice>

/** What a PUT asks for: what is shown again, and the sinks that get the records. */
export interface DesiredSetting {
  readonly properties: JsonObject
  /** At least one, as the configuration spells them. */
  readonly sinks: readonly string[]
}

/**
 * The setting in a body. A destination's id ends in the name of a sink of the server's configuration (`…/NAME`; for an event
 * hub its own name). Throws `malformed` `InvalidRequestContent`, `DestinationNotFound` for a name that is no sink's, and
 * `NotSupported` for what nothing here could honour.
 */
export function parseDiagnosticSetting(body: JsonObject, configured: readonly string[]): DesiredSetting {
  const { properties } = parseShape(bodyShape, body)
  refuseUnsupported(properties)
  const sinks = new Set<string>()
  for (const [member, named] of destinationsOf(properties)) {
    const sink = configured.find((name) => name.toLowerCase() === named.toLowerCase())
    if (sink === undefined) {
      const message = `The destination ${quoteName(named)} is not an audit sink of this server. The operator names sinks with --audit-sink.`
      throw new ServiceError('malformed', 'DestinationNotFound', message, { target: `properties.${member}` })
    }
    sinks.add(sink)
  }
  if (sinks.size === 0) throw invalidSetting('At least one destination must be given.')
  const logs = properties.logs ?? []
  for (const log of logs) checkLog(log)
  if (!logs.some((log) => log.enabled)) throw invalidSetting('At least one category must be enabled.')
  return { properties: shownProperties(properties), sinks: [...sinks] }
}

function destinationsOf(properties: Properties): readonly (readonly [member: string, name: string])[] {
  const { workspaceId, storageAccountId, eventHubAuthorizationRuleId, eventHubName } = properties
  const found: (readonly [string, string])[] = []
  if (isGiven(workspaceId)) found.push(['workspaceId', lastSegment(workspaceId)])
  if (isGiven(storageAccountId)) found.push(['storageAccountId', lastSegment(storageAccountId)])
  if (isGiven(eventHubName)) found.push(['eventHubName', eventHubName])
  else if (isGiven(eventHubAuthorizationRuleId)) {
    found.push(['eventHubAuthorizationRuleId', lastSegment(eventHubAuthorizationRuleId)])
  }
  return found
}

function isGiven(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== ''
}

function lastSegment(id: string): string {
  return id.replace(/\/+$/, '').split('/').at(-1) ?? ''
}

function refuseUnsupported(properties: Properties): void {
  const { serviceBusRuleId, marketplacePartnerId, logAnalyticsDestinationType, metrics } = properties
  if (isGiven(serviceBusRuleId)) throw notSupported('Service bus rules are not supported.', 'serviceBusRuleId')
  if (isGiven(marketplacePartnerId)) throw notSupported('Partner solutions are not supported.', 'marketplacePartnerId')
  if (isGiven(logAnalyticsDestinationType) && logAnalyticsDestinationType !== 'AzureDiagnostics') {
    throw notSupported('Resource-specific tables are not supported.', 'logAnalyticsDestinationType')
  }
  if (metrics?.some(({ enabled }) => enabled) === true) {
    throw notSupported('A vault has no metrics to deliver; leave them out or disable them.', 'metrics')
  }
}

function checkLog({ category, categoryGroup, enabled, retentionPolicy }: Choice): void {
  if (isGiven(category) === isGiven(categoryGroup)) {
    throw invalidSetting("Each of 'logs' names either a category or a category group.")
  }
  const isKnown = isGiven(category)
    ? category.toLowerCase() === auditCategory.toLowerCase()
    : categoryGroups.some((group) => group.toLowerCase() === categoryGroup?.toLowerCase())
  if (enabled && !isKnown) {
    const groups = categoryGroups.join("' and '")
    throw invalidSetting(`A vault has the category '${auditCategory}' and the category groups '${groups}'.`)
  }
  if (retentionPolicy?.enabled === true) {
    throw notSupported('Retention is decided where the records are delivered to.', 'retentionPolicy')
  }
}

function shownProperties(properties: Properties): JsonObject {
  const { workspaceId, storageAccountId, eventHubAuthorizationRuleId, eventHubName, logs } = properties
  return definedMembers({
    workspaceId: isGiven(workspaceId) ? workspaceId : undefined,
    storageAccountId: isGiven(storageAccountId) ? storageAccountId : undefined,
    eventHubAuthorizationRuleId: isGiven(eventHubAuthorizationRuleId) ? eventHubAuthorizationRuleId : undefined,
    eventHubName: isGiven(eventHubName) ? eventHubName : undefined,
    logs: (logs ?? []).map((log) =>
      definedMembers({
        category: isGiven(log.category) ? log.category : undefined,
        categoryGroup: isGiven(log.categoryGroup) ? log.categoryGroup : undefined,
        enabled: log.enabled,
        retentionPolicy: { enabled: false, days: 0 },
      }),
    ),
    metrics: [],
  })
}

function invalidSetting(message: string): ServiceError {
  return new ServiceError('malformed', 'InvalidDiagnosticSetting', message, { target: 'properties' })
}
