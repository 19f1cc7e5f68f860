import { z } from 'zod'
import { action } from '#authorization/decision.ts'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { saveFederatedCredential } from '#directory/federated-credential-store.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import { auditTarget } from '../../audit-rule.ts'
import { notSupported, parseObjectBody, parseShape } from '../../body.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { objectWithoutNulls, respondJson } from '../../wire.ts'
import {
  type CredentialAddress,
  credentialPath,
  credentialsSince,
  parseCredentialAddress,
  renderCredential,
  requireParent,
  type ShownCredential,
} from './federated-credential-wire.ts'

interface Input extends CredentialAddress {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
}

interface Output extends ShownCredential {
  readonly created: boolean
}

const text = z.string().min(1).max(600)
const body = z.object({
  properties: z.object({
    issuer: text,
    subject: text.optional(),
    audiences: z.array(text).length(1),
    claimsMatchingExpression: z.unknown().optional(),
  }),
})

/**
 * FederatedIdentityCredentials_CreateOrUpdate: which outside tokens the identity accepts. Issuer, subject and audience compare
 * exactly, so they are kept to the character. Source: contracts/identity.md §2.3.
 */
export function putFederatedCredential(
  its: Pick<ResourceManagerDependencies, 'identities'>,
): Operation<Input, undefined, Output> {
  return defineOperation({
    id: 'FederatedIdentityCredentials_CreateOrUpdate',
    method: 'PUT',
    path: credentialPath,
    since: credentialsSince,
    access: 'write',
    // Two credentials of one identity are written one after the other: the limit and the pair's uniqueness are checked first.
    moves: 'generation',
    parse: (request): Input => ({ ...parseCredentialAddress(request), ...parseTrust(parseObjectBody(request)) }),
    requirements: (_context, { target }) => [
      {
        anyOf: [action('Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write')],
        scope: target,
      },
    ],
    async handle({ transaction }, { identity: address, name, issuer, subject, audience }): Promise<Output> {
      const identity = await requireParent(its, transaction, address)
      const { clientId } = identity
      const saved = await saveFederatedCredential(transaction, { clientId, name, issuer, subject, audience })
      return { ...saved, identity }
    },
    respond: (output) => respondJson(output.created ? 201 : 200, renderCredential(output)),
    audit: auditTarget(
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
      ({ issuer, subject, audience }: Input) => ({ issuer, subject, audience }),
    ),
  })
}

function parseTrust(given: JsonObject): Pick<Input, 'issuer' | 'subject' | 'audience'> {
  const { issuer, subject, audiences, claimsMatchingExpression } = parseShape(
    body,
    objectWithoutNulls(given),
  ).properties
  if (claimsMatchingExpression !== undefined || subject === undefined) {
    const rule = "A federated credential names its 'properties.subject'; expressions are not supported."
    throw notSupported(rule, 'properties.claimsMatchingExpression')
  }
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new ServiceError('malformed', 'BadRequest', "'properties.issuer' must be an https URL without query.", {
      target: 'properties.issuer',
    })
  }
  return { issuer, subject, audience: audiences[0] ?? '' }
}
