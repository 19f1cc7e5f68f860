import { type ClientId, tryParseGuid } from '#base/ids.ts'
import { parseJson } from '#base/json.ts'
import { SecretValue } from '#base/secret-value.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'

export type TokenEndpointVersion = 'v1' | 'v2'

/** A token request after its form was read; nothing of it is believed yet. */
export interface TokenRequest {
  readonly grantType: string
  /** Undefined when none was sent. */
  readonly clientId: ClientId | undefined
  readonly clientSecret: SecretValue | undefined
  /** Whether the client tried to prove itself with a signed assertion. */
  readonly hasAssertion: boolean
  readonly resource: string
  /** Client capabilities asked for in the `claims` parameter, such as `CP1`. */
  readonly capabilities: readonly string[]
}

const maximumParameters = 64
/** Beside one resource scope, these mean nothing here. Source: OpenID Connect Core 1.0 §5.4, §11. */
const reservedScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])
const resourcePattern = /^[\x21-\x7e]{1,512}$/

/**
 * Reads the form of a token request. Throws OAuth errors: 900144 for a parameter that is missing, 901002 for `resource` on
 * the v2 endpoint, 70011 and 700022 for scopes, 9002313 for anything malformed or sent twice.
 * Source: RFC 6749 §2.3.1, §4.4.2.
 */
export function parseTokenRequest(
  received: {
    readonly body: Buffer
    readonly contentType: string
    readonly authorization: string | undefined
  },
  version: TokenEndpointVersion,
): TokenRequest {
  const form = parseForm(received.body, received.contentType)
  const basic = parseBasic(received.authorization)
  const secret = form.get('client_secret')
  if (basic !== undefined && secret !== undefined) {
    throw malformed('A client proves itself either in the header or in the body, not in both.')
  }
  const clientId = parseClientId(form.get('client_id'))
  const basicClientId = parseClientId(basic?.clientId)
  if (clientId !== undefined && basicClientId !== undefined && clientId !== basicClientId) {
    throw malformed("The Authorization header and 'client_id' name different applications.")
  }
  return {
    grantType: requireParameter(form, 'grant_type'),
    clientId: clientId ?? basicClientId,
    clientSecret: basic?.secret ?? (secret === undefined ? undefined : SecretValue.fromText(secret)),
    hasAssertion: form.has('client_assertion'),
    resource: version === 'v1' ? parseResource(requireParameter(form, 'resource')) : parseScope(form),
    capabilities: parseCapabilities(form.get('claims')),
  }
}

function parseForm(body: Buffer, contentType: string): ReadonlyMap<string, string> {
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(contentType)) {
    throw malformed('The request body must be application/x-www-form-urlencoded.')
  }
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (form.has(name) || form.size >= maximumParameters)
      throw malformed('A parameter was sent more than once, or there are too many.')
    form.set(name, value)
  }
  return form
}

function requireParameter(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name)
  if (value === undefined || value === '') {
    const text = `The request body must contain the following parameter: '${name}'.`
    throw oauthError(oauthErrors.missingParameter, text)
  }
  return value
}

function parseClientId(text: string | undefined): ClientId | undefined {
  if (text === undefined || text === '') return undefined
  const clientId = tryParseGuid<ClientId>(text)
  // Not quoted: what stands in the wrong field may be the secret.
  if (clientId === undefined) throw oauthError(oauthErrors.unknownClient, "The 'client_id' is not a GUID.")
  return clientId
}

function parseBasic(
  authorization: string | undefined,
): { readonly clientId: string; readonly secret: SecretValue } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) throw malformed('The Authorization header is not valid.')
  return {
    clientId: formDecode(text.slice(0, colon)),
    secret: SecretValue.fromText(formDecode(text.slice(colon + 1))),
  }
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed('The Authorization header is not valid.')
  }
}

/** `X/.default` asks for a token whose audience is exactly X, its double slash included. */
function parseScope(form: ReadonlyMap<string, string>): string {
  if (form.has('resource')) {
    throw oauthError(oauthErrors.resourceNotSupported, "The 'resource' request parameter is not supported.")
  }
  const scopes = requireParameter(form, 'scope')
    .split(' ')
    .filter((scope) => scope !== '' && !reservedScopes.has(scope))
  const [scope] = scopes
  if (scopes.length > 1) {
    const text =
      "The provided value for the input parameter 'scope' is not valid because it contains more than one resource."
    throw oauthError(oauthErrors.severalResources, text)
  }
  if (scope === undefined || !scope.endsWith('/.default')) {
    const text =
      "The provided value for the input parameter 'scope' is not valid. It must be a resource followed by /.default."
    throw oauthError(oauthErrors.invalidScope, text)
  }
  return parseResource(scope.slice(0, -'/.default'.length))
}

function parseResource(resource: string): string {
  if (resourcePattern.test(resource)) return resource
  throw oauthError(oauthErrors.unknownResource, 'The resource principal was not found in the tenant.')
}

/** Clients that understand continuous access evaluation say so here; it comes back as `xms_cc`. */
function parseCapabilities(claims: string | undefined): readonly string[] {
  if (claims === undefined || claims === '') return []
  const parsed = parseJson(Buffer.from(claims, 'utf8'), { maximumDepth: 8, code: 'invalid_request' })
  const accessToken = member(parsed, 'access_token')
  const values = member(member(accessToken, 'xms_cc'), 'values')
  return Array.isArray(values) && values.some((value) => String(value).toUpperCase() === 'CP1') ? ['CP1'] : []
}

function member(parsed: unknown, name: string): unknown {
  if (typeof parsed !== 'object' || parsed === null) return undefined
  return new Map(Object.entries(parsed)).get(name)
}

function malformed(message: string) {
  return oauthError(oauthErrors.malformedRequest, message)
}
