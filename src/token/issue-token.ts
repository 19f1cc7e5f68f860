import { type CountedReason, defineOperation, type Operation, type OperationResponse } from '#operation/operation.ts'
import { noStore } from './dialect.ts'
import type { Grant, ProvenGrant } from './grants/grant.ts'
import type { MintedToken, MintRequest, TokenMinter } from './minter.ts'
import { oauthError, oauthErrors } from './oauth-error.ts'
import { parseTenantName, type TenantNames } from './tenant-name.ts'
import { parseTokenRequest, type TokenEndpointVersion, type TokenRequest } from './token-request.ts'

export interface IssueTokenDependencies {
  readonly names: TenantNames
  readonly grants: readonly Grant[]
  readonly minter: TokenMinter
}

interface Input {
  readonly grant: Grant
  readonly request: TokenRequest
}

interface Issued {
  readonly token: MintedToken
  readonly subject: MintRequest
}

/** The token endpoint: whatever the grant, one request, one access token. Source: RFC 6749 §3.2. */
export function createIssueToken(version: TokenEndpointVersion, dependencies: IssueTokenDependencies): Operation {
  const { names, minter } = dependencies
  const grants = new Map(dependencies.grants.flatMap((grant) => grant.grantTypes.map((type) => [type, grant])))
  const path = version === 'v1' ? '/oauth2/token' : '/oauth2/v2.0/token'
  return defineOperation<Input, ProvenGrant, Issued>({
    id: version === 'v1' ? 'issueTokenV1' : 'issueToken',
    method: 'POST',
    path: `/{tenant}${path}`,
    since: '',
    open: 'credential-exchange',
    access: 'read',
    parse(received) {
      const { body, contentType, place } = received
      const named = parseTenantName(received.path['tenant'] ?? '', names, place.tenant)
      if (named === undefined) throw oauthError(oauthErrors.unknownTenant, 'Tenant not found.')
      const request = parseTokenRequest({ body, contentType, authorization: received.header('authorization') }, version)
      const grant = grants.get(request.grantType)
      if (grant === undefined) throw oauthError(oauthErrors.unsupportedGrant, 'The grant type is not supported.')
      if (named.kind === 'any') refuseAlias(named.alias)
      return { grant, request }
    },
    async prepare({ tenant, request }, input) {
      await minter.prepare(tenant)
      return input.grant.prove({ tenant, clientAddress: request.facts.clientAddress }, input.request)
    },
    async handle({ transaction }, _input, proven) {
      const subject = await proven.redeem(transaction)
      return { subject, token: await minter.mint(transaction, subject) }
    },
    respond: ({ token }) => (version === 'v1' ? respondV1(token) : respondV2(token)),
    audit: {
      operationName: 'TokenIssue',
      view: ({ request }, { origin, place }, output) => ({
        requestUri: `${origin}/${place.tenant}${path}`,
        properties: {
          grantType: request.grantType,
          ...(request.clientId === undefined ? {} : { clientId: request.clientId }),
          ...(output === undefined
            ? {}
            : {
                principalId: output.subject.principal,
                resource: output.token.resource,
                tokenId: output.token.tokenId,
                expiresAtSeconds: output.token.expiresAtSeconds,
              }),
        },
      }),
      countedAs: ({ innerCode }, _request, isParsed) =>
        isParsed ? countedReasons.get(innerCode) : 'malformed-request',
    },
  })
}

/** What a grant says of those who named no application of this tenant. A wrong secret of one is recorded. */
const countedReasons: ReadonlyMap<string | undefined, CountedReason> = new Map<string, CountedReason>([
  [String(oauthErrors.missingParameter.aadsts), 'malformed-request'],
  [String(oauthErrors.missingCredential.aadsts), 'unproven-caller'],
  [String(oauthErrors.unregisteredAssertion.aadsts), 'unproven-caller'],
  [String(oauthErrors.unknownClient.aadsts), 'unknown-client'],
  [String(oauthErrors.tooManyAttempts.aadsts), 'too-many-attempts'],
])

/** An application is of one tenant, so "whichever the user is of" names none. */
function refuseAlias(alias: 'common' | 'organizations'): never {
  if (alias === 'common') {
    const text =
      'The grant type is not supported over the /common or /consumers endpoints. Use the tenant-specific endpoint.'
    throw oauthError(oauthErrors.grantNotOnCommon, text)
  }
  throw oauthError(oauthErrors.notMultiTenant, 'The application is not configured as a multi-tenant application.')
}

function respondV2(token: MintedToken): OperationResponse {
  return {
    status: 200,
    headers: noStore,
    body: JSON.stringify({
      token_type: 'Bearer',
      expires_in: token.expiresInSeconds,
      ext_expires_in: token.expiresInSeconds,
      access_token: token.accessToken.reveal().toString('latin1'),
    }),
  }
}

/** wire: cannot change; numbers are strings here. */
function respondV1(token: MintedToken): OperationResponse {
  return {
    status: 200,
    headers: noStore,
    body: JSON.stringify({
      token_type: 'Bearer',
      expires_in: String(token.expiresInSeconds),
      ext_expires_in: String(token.expiresInSeconds),
      expires_on: String(token.expiresAtSeconds),
      not_before: String(token.notBeforeSeconds),
      resource: token.resource,
      access_token: token.accessToken.reveal().toString('latin1'),
    }),
  }
}
