import { type ErrorKind, ServiceError, type ServiceErrorDetails } from '#base/errors.ts'

/** An error of the token endpoint. `aadsts` is Entra's number; `message` must not hold words that MSAL acts on (`interaction_required`, …). */
export function oauthError(
  error: { readonly kind: ErrorKind; readonly code: string; readonly aadsts: number },
  message: string,
  details: Omit<ServiceErrorDetails, 'innerCode'> = {},
): ServiceError {
  return new ServiceError(error.kind, error.code, message, { ...details, innerCode: String(error.aadsts) })
}

/**
 * Every error the token service answers itself. A failed client authentication is 401: MSAL Python keeps each 400 of the
 * token endpoint for a minute and replays it without asking again.
 */
export const oauthErrors = {
  unknownTenant: { kind: 'malformed', code: 'invalid_request', aadsts: 90002 },
  unknownDiscoveryTenant: { kind: 'malformed', code: 'invalid_tenant', aadsts: 90002 },
  unknownInstance: { kind: 'malformed', code: 'invalid_instance', aadsts: 50049 },
  malformedRequest: { kind: 'malformed', code: 'invalid_request', aadsts: 9002313 },
  missingParameter: { kind: 'malformed', code: 'invalid_request', aadsts: 900144 },
  resourceNotSupported: { kind: 'malformed', code: 'invalid_request', aadsts: 901002 },
  grantNotOnCommon: { kind: 'malformed', code: 'invalid_request', aadsts: 9001023 },
  notMultiTenant: { kind: 'malformed', code: 'unauthorized_client', aadsts: 50194 },
  unsupportedGrant: { kind: 'malformed', code: 'unsupported_grant_type', aadsts: 70003 },
  invalidScope: { kind: 'malformed', code: 'invalid_scope', aadsts: 70011 },
  severalResources: { kind: 'malformed', code: 'invalid_scope', aadsts: 700022 },
  unknownResource: { kind: 'malformed', code: 'invalid_resource', aadsts: 500011 },
  unknownClient: { kind: 'malformed', code: 'unauthorized_client', aadsts: 700016 },
  disabledClient: { kind: 'unauthenticated', code: 'unauthorized_client', aadsts: 7000112 },
  missingCredential: { kind: 'unauthenticated', code: 'invalid_client', aadsts: 7000218 },
  wrongSecret: { kind: 'unauthenticated', code: 'invalid_client', aadsts: 7000215 },
  expiredSecret: { kind: 'unauthenticated', code: 'invalid_client', aadsts: 7000222 },
  tooManyAttempts: { kind: 'throttled', code: 'temporarily_unavailable', aadsts: 90055 },
  unregisteredAssertion: { kind: 'unauthenticated', code: 'invalid_client', aadsts: 700027 },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly code: string; readonly aadsts: number }>
