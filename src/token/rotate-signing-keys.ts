import { tokenLifetimeSeconds } from '#authentication/token-times.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { Seal } from '#seal/seal.ts'
import { createSigningKey, publicationLeadMilliseconds, signingDomain } from './signing-key.ts'
import { insertSigningKey, loadSigningKeys, retireSigningKeys, type StoredSigningKey } from './signing-key-store.ts'

/** How far the clocks of servers may be apart when one still signs with the old key. */
const clockSkewMilliseconds = 600_000

/**
 * Rotates the tenant's signing keys with overlap: the new key is published now and signs after the publication lead; the
 * old one verifies until the last token it signed has expired. Throws `conflict` / `RotationUnderWay` while a new key
 * waits to sign.
 */
export function createRotateSigningKeys(dependencies: { readonly seal: Seal; readonly clock: Clock }): Operation {
  const { seal, clock } = dependencies
  return defineOperation<undefined, StoredSigningKey, StoredSigningKey>({
    id: 'rotateSigningKeys',
    method: 'POST',
    path: '/signing-keys/rotate',
    since: '',
    open: 'local-control',
    access: 'write',
    parse: () => undefined,
    async prepare({ tenant }) {
      const now = clock.now()
      const signsFrom = new Date(now.getTime() + publicationLeadMilliseconds)
      return createSigningKey({ tenant, sealer: await seal.domain(signingDomain(tenant)), now, signsFrom })
    },
    async handle({ tenant, transaction }, _input, key) {
      const { now } = transaction
      const waiting = (await loadSigningKeys(transaction)).find(({ signsFrom }) => signsFrom > now)
      if (waiting !== undefined) {
        const since = waiting.signsFrom.toISOString()
        throw new ServiceError('conflict', 'RotationUnderWay', `A new signing key waits to sign from ${since} on.`)
      }
      const lastExpiry = key.signsFrom.getTime() + tokenLifetimeSeconds * 1000
      await retireSigningKeys(transaction.kysely, tenant, {
        now,
        retiresAt: new Date(lastExpiry + clockSkewMilliseconds),
      })
      await insertSigningKey(transaction.kysely, tenant, key)
      return key
    },
    respond: describeNewKey,
    audit: {
      operationName: 'SigningKeyRotate',
      view: (_input, request, output) => viewNewKey(`${request.origin}/signing-keys/rotate`, output),
    },
  })
}

/** The answer of an operation that made a signing key. */
export function describeNewKey(key: StoredSigningKey) {
  return { status: 200, body: JSON.stringify({ keyId: key.keyId, signsFrom: key.signsFrom.toISOString() }) }
}

/** What the record of a new signing key shows. */
export function viewNewKey(requestUri: string, key: StoredSigningKey | undefined) {
  return key === undefined
    ? { requestUri }
    : { requestUri, properties: { keyId: key.keyId, signsFrom: key.signsFrom.toISOString() } }
}
