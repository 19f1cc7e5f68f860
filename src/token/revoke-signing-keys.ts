import { revokeAllTokens } from '#authentication/principal-standing.ts'
import type { Clock } from '#base/clock.ts'
import { defineOperation, type Operation } from '#operation/operation.ts'
import type { Seal } from '#seal/seal.ts'
import { describeNewKey, viewNewKey } from './rotate-signing-keys.ts'
import { createSigningKey, signingDomain } from './signing-key.ts'
import { deleteSigningKeys, insertSigningKey, type StoredSigningKey } from './signing-key-store.ts'

/**
 * Emergency rotation: every key of the tenant is forgotten, a new one signs at once, and every token minted so far is
 * refused on every server process from the commit on.
 */
export function createRevokeSigningKeys(dependencies: { readonly seal: Seal; readonly clock: Clock }): Operation {
  const { seal, clock } = dependencies
  return defineOperation<undefined, StoredSigningKey, StoredSigningKey>({
    id: 'revokeSigningKeys',
    method: 'POST',
    path: '/signing-keys/revoke',
    since: '',
    open: 'local-control',
    access: 'write',
    moves: 'epoch',
    parse: () => undefined,
    async prepare({ tenant }) {
      const now = clock.now()
      return createSigningKey({ tenant, sealer: await seal.domain(signingDomain(tenant)), now, signsFrom: now })
    },
    async handle({ tenant, transaction }, _input, key) {
      await deleteSigningKeys(transaction.kysely, tenant)
      await insertSigningKey(transaction.kysely, tenant, key)
      await revokeAllTokens(transaction)
      return key
    },
    respond: describeNewKey,
    audit: {
      operationName: 'SigningKeyRevoke',
      view: (_input, request, output) => viewNewKey(`${request.origin}/signing-keys/revoke`, output),
    },
  })
}
