import type { TenantId } from '#base/ids.ts'
import type { JsonObject, JsonValue } from '#base/json.ts'
import type { Principal } from '#directory/principal-store.ts'
import type { OperationRequest, OperationResponse } from '#operation/operation.ts'
import { jsonContentType } from './dialect.ts'

/** Graph's type names, as `@odata.type` has them. az maps the last part to the resource manager's principalType. */
const odataTypes: Readonly<Record<Principal['type'], string>> = {
  User: '#microsoft.graph.user',
  Group: '#microsoft.graph.group',
  ServicePrincipal: '#microsoft.graph.servicePrincipal',
}

/** An object of a collection that holds objects of one type. Members that Graph has and this directory does not are null. */
export function renderObject(principal: Principal, tenant: TenantId): JsonObject {
  switch (principal.type) {
    case 'User':
      return renderUser(principal)
    case 'Group':
      return renderGroup(principal)
    case 'ServicePrincipal':
      return renderServicePrincipal(principal, tenant)
  }
}

/** An object of a collection of several types, which says of what type it is. */
export function renderTypedObject(principal: Principal, tenant: TenantId): JsonObject {
  return { '@odata.type': odataTypes[principal.type], ...renderObject(principal, tenant) }
}

function renderUser(user: Principal): JsonObject {
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: null,
    jobTitle: null,
    mail: null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: user.userPrincipalName ?? null,
    id: user.id,
  }
}

function renderGroup(group: Principal): JsonObject {
  return {
    id: group.id,
    deletedDateTime: null,
    classification: null,
    createdDateTime: renderTime(group.createdAt),
    description: group.description ?? null,
    displayName: group.displayName,
    groupTypes: [],
    mail: null,
    mailEnabled: false,
    mailNickname: group.mailNickname ?? null,
    membershipRule: null,
    proxyAddresses: [],
    securityEnabled: true,
    visibility: null,
  }
}

function renderServicePrincipal(principal: Principal, tenant: TenantId): JsonObject {
  const isApplication = principal.servicePrincipalType === 'Application'
  return {
    id: principal.id,
    deletedDateTime: null,
    accountEnabled: principal.enabled,
    alternativeNames: principal.alternativeNames,
    appDescription: null,
    appDisplayName: isApplication ? principal.displayName : null,
    appId: principal.clientId ?? null,
    appOwnerOrganizationId: isApplication ? tenant : null,
    appRoleAssignmentRequired: false,
    createdDateTime: renderTime(principal.createdAt),
    description: null,
    displayName: principal.displayName,
    servicePrincipalNames: principal.clientId === undefined ? [] : [principal.clientId],
    servicePrincipalType: principal.servicePrincipalType ?? null,
    tags: [],
  }
}

/** Whole seconds, as Graph writes times. */
function renderTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** An answer with one object. `what` is its `@odata.context` after `$metadata#`. */
export function respondObject(
  status: number,
  what: string,
  object: JsonObject,
  request: OperationRequest,
): OperationResponse {
  return respondJson(status, { ...contextOf(what, request), ...select(object, request) })
}

/** An answer with a collection; `nextLink` is left out at its end. */
export function respondCollection(
  what: string,
  collection: { readonly value: readonly JsonObject[]; readonly nextLink?: string | undefined },
  request: OperationRequest,
): OperationResponse {
  return respondJson(200, {
    ...contextOf(what, request),
    ...(collection.nextLink === undefined ? {} : { '@odata.nextLink': collection.nextLink }),
    value: collection.value.map((object) => select(object, request)),
  })
}

/** An answer with a collection of ids. */
export function respondIds(ids: readonly string[], request: OperationRequest): OperationResponse {
  return respondJson(200, { ...contextOf('Collection(Edm.String)', request), value: ids })
}

function contextOf(what: string, request: OperationRequest): JsonObject {
  return { '@odata.context': `${request.origin}/v1.0/$metadata#${what}` }
}

function respondJson(status: number, body: JsonObject): OperationResponse {
  return { status, headers: { 'Content-Type': jsonContentType }, body: JSON.stringify(body) }
}

/** The members that `$select` names, and annotations always; all of them without it. Unknown names select nothing. */
function select(object: JsonObject, request: OperationRequest): JsonObject {
  const wanted = request.query.get('$select')
  if (wanted === undefined || wanted.trim() === '') return object
  const names = new Set(wanted.split(',').map((name) => name.trim().toLowerCase()))
  const isKept = ([name]: [string, JsonValue]) => name.startsWith('@') || names.has(name.toLowerCase())
  return Object.fromEntries(Object.entries(object).filter(isKept))
}
