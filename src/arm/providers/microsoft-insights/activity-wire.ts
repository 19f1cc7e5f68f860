import { resultSignature } from '#audit/record.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { ActivityEvent } from '../../activity-store.ts'
import { definedMembers } from '../../wire.ts'

/** 100-nanosecond intervals from year 1 to the Unix epoch: the tail of an event's id counts them. */
const ticksAtEpoch = 621_355_968_000_000_000n

const localized = (value: string, localizedValue = value): JsonObject => ({ value, localizedValue })

/** An event in the shape of Azure's EventData. Source: Azure Monitor REST API 2015-04-01, Activity Logs, List. */
export function renderActivity(event: ActivityEvent, tenantId: string): JsonObject {
  const { segments, path } = event.resource
  const time = event.at.toISOString()
  const signature = resultSignature(event.status)
  const [provider = ''] = event.operationName.split('/')
  const resourceType = event.operationName.slice(0, event.operationName.lastIndexOf('/'))
  const ticks = BigInt(event.at.getTime()) * 10_000n + ticksAtEpoch
  return definedMembers({
    authorization: { action: event.action, scope: event.authorizedScope },
    caller: event.caller,
    channels: 'Operation',
    claims: {
      appid: event.clientId,
      'http://schemas.microsoft.com/identity/claims/objectidentifier': event.principal,
    },
    correlationId: event.correlationId,
    description: '',
    eventDataId: event.id,
    eventName: localized('EndRequest', 'End request'),
    category: localized('Administrative'),
    eventTimestamp: time,
    httpRequest: definedMembers({
      clientRequestId: event.clientRequestId,
      clientIpAddress: event.clientAddress,
      method: event.method,
    }),
    id: `${path}/events/${event.id}/ticks/${ticks}`,
    level: 'Informational',
    operationId: event.correlationId,
    operationName: localized(event.operationName),
    properties: { statusCode: signature.replaceAll(' ', ''), serviceRequestId: event.correlationId },
    resourceGroupName: segments[2] === 'resourcegroups' ? segments[3] : undefined,
    resourceId: path,
    resourceProviderName: localized(provider),
    resourceType: localized(resourceType),
    status: localized('Succeeded'),
    subStatus: localized(signature.replaceAll(' ', ''), `${signature} (HTTP Status Code: ${event.status})`),
    submissionTimestamp: time,
    subscriptionId: event.subscription,
    tenantId,
  })
}

const members: ReadonlyMap<string, string> = new Map(
  [
    'authorization',
    'caller',
    'category',
    'channels',
    'claims',
    'correlationId',
    'description',
    'eventDataId',
    'eventName',
    'eventTimestamp',
    'httpRequest',
    'id',
    'level',
    'operationId',
    'operationName',
    'properties',
    'resourceGroupName',
    'resourceId',
    'resourceProviderName',
    'resourceType',
    'status',
    'subStatus',
    'submissionTimestamp',
    'subscriptionId',
    'tenantId',
  ].map((name) => [name.toLowerCase(), name]),
)

/** The members in `$select`, in any letter case; all of them when it is absent. Throws `malformed` `InvalidSelect`. */
export function parseSelect(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const selected = new Set<string>()
  for (const word of text.split(',')) {
    const name = members.get(word.trim().toLowerCase())
    if (name === undefined) {
      const message = "'$select' names members of an event, separated by commas."
      throw new ServiceError('malformed', 'InvalidSelect', message, { target: '$select' })
    }
    selected.add(name)
  }
  return selected
}

/** `item` with the selected members alone. */
export function selectMembers(item: JsonObject, selected: ReadonlySet<string> | undefined): JsonObject {
  if (selected === undefined) return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => selected.has(name)))
}
