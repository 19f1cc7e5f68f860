import type { Clock } from '#base/clock.ts'
import type { ClientId, Guid } from '#base/ids.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { ClientSecretVerdict, StoredClientSecret } from '#directory/client-secret-store.ts'
import type { Directory } from '#directory/directory.ts'
import { findServicePrincipalByClientId, type Principal } from '#directory/principal-store.ts'
import type { Database, Reader } from '#storage/database.ts'
import type { AttemptLimit } from '../attempt-limit.ts'
import type { MintRequest } from '../minter.ts'
import { oauthError, oauthErrors } from '../oauth-error.ts'
import type { TokenRequest } from '../token-request.ts'
import type { Turns } from '../turns.ts'
import type { Grant } from './grant.ts'

export interface ClientCredentialsDependencies {
  readonly database: Database
  readonly directory: Pick<Directory, 'loadClientSecrets' | 'verifyClientSecret'>
  readonly attempts: AttemptLimit
  readonly turns: Turns
  readonly clock: Clock
}

/**
 * An application that proves itself with a secret gets a token as itself.
 *
 * Throws 700016 for an unknown application, 7000215 and 7000222 for a wrong or expired secret, 7000218 for none, 700027 for an
 * assertion (no application has a certificate), 7000112 for a disabled one, 90055 after too many wrong ones
 * or while too many are being verified.
 * Source: RFC 6749 §4.4.
 */
export function createClientCredentialsGrant(dependencies: ClientCredentialsDependencies): Grant {
  const { database, directory, attempts, turns, clock } = dependencies
  return {
    grantTypes: ['client_credentials'],
    async prove({ tenant, clientAddress }, request) {
      const { clientId, secret } = requireCredential(request)
      attempts.check(clientId, clientAddress)
      const { client, secrets } = await database.read({ tenant, consistency: 'snapshot' }, async (reader) => ({
        client: await findServicePrincipalByClientId(reader, clientId),
        secrets: await directory.loadClientSecrets(reader, clientId),
      }))
      // Whether it is disabled is told to those who hold its secret.
      requireKnown(client, clientId)
      const verdict = await turns.take(() => verify(secrets, { clientId, clientAddress, secret }))
      if (verdict.outcome !== 'valid') {
        throw verdict.outcome === 'expired'
          ? oauthError(oauthErrors.expiredSecret, `The provided client secret keys for app '${clientId}' are expired.`)
          : wrongSecret(clientId)
      }
      return {
        redeem: (reader) =>
          redeem(reader, {
            clientId,
            keyId: verdict.keyId,
            resource: request.resource,
            capabilities: request.capabilities,
          }),
      }
    },
  }

  async function verify(
    secrets: readonly StoredClientSecret[],
    presented: { readonly clientId: ClientId; readonly clientAddress: string; readonly secret: SecretValue },
  ): Promise<ClientSecretVerdict> {
    const attempt = attempts.begin(presented.clientId, presented.clientAddress)
    try {
      const text = presented.secret.reveal().toString('utf8')
      const verdict = await directory.verifyClientSecret(secrets, { presented: text, now: clock.now() })
      if (verdict.outcome !== 'valid') attempt.fail()
      return verdict
    } finally {
      attempt.end()
    }
  }

  async function redeem(
    reader: Reader,
    proven: { readonly clientId: ClientId; readonly keyId: Guid } & Pick<MintRequest, 'resource' | 'capabilities'>,
  ): Promise<MintRequest> {
    const { clientId, keyId, resource, capabilities } = proven
    const client = requireKnown(await findServicePrincipalByClientId(reader, clientId), clientId)
    if (!client.enabled) throw oauthError(oauthErrors.disabledClient, `Application '${clientId}' is disabled.`)
    // The secret may have been removed while it was being verified.
    const secrets = await directory.loadClientSecrets(reader, clientId)
    if (!secrets.some((secret) => secret.keyId === keyId)) throw wrongSecret(clientId)
    return {
      principal: client.id,
      clientId,
      kind: 'application',
      credential: 'secret',
      resource,
      ...(capabilities === undefined ? {} : { capabilities }),
    }
  }
}

function requireCredential(request: TokenRequest) {
  const { clientId, clientSecret } = request
  if (clientId === undefined) {
    const text = "The request body must contain the following parameter: 'client_id'."
    throw oauthError(oauthErrors.missingParameter, text)
  }
  if (request.hasAssertion) {
    const text = `The certificate with which the client assertion was signed is not registered on application '${clientId}'.`
    throw oauthError(oauthErrors.unregisteredAssertion, text)
  }
  if (clientSecret === undefined || clientSecret.byteLength === 0) {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    throw oauthError(oauthErrors.missingCredential, text)
  }
  return { clientId, secret: clientSecret }
}

function requireKnown(client: Principal | undefined, clientId: ClientId): Principal {
  if (client === undefined) {
    const text = `Application with identifier '${clientId}' was not found in the directory.`
    throw oauthError(oauthErrors.unknownClient, text)
  }
  return client
}

function wrongSecret(clientId: ClientId) {
  return oauthError(
    oauthErrors.wrongSecret,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  )
}
