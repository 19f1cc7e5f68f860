import { defineOperation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type PageRequest, parsePageRequest } from '../names.ts'
import { type ListedPage, listPage } from '../page-token.ts'
import { type Recovery, renderSecretPage, type SecretProperties } from '../wire.ts'
import { viewSecretList } from './secret-audit.ts'
import { type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtVault } from './secret-requirements.ts'
import { respondJson } from './secret-response.ts'
import { listSecrets } from './secret-store.ts'

interface ListedSecrets extends ListedPage<SecretProperties> {
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtVault('secrets/readMetadata/action')
const path = '/secrets'

/**
 * getSecrets: the vault's secrets by name, without values: base ids, with the latest version's properties. Needs the action at
 * the vault or above. A page may be short or empty and still have a `nextLink`. Source: contracts/key-vault.md §1, §4.
 */
export function createGetSecrets({ seal, vaults }: SecretDependencies) {
  return defineOperation<PageRequest, DomainSealer, ListedSecrets>({
    id: 'getSecrets',
    method: 'GET',
    path,
    since: '7.0',
    access: 'read',
    parse: (request) => parsePageRequest(request.query),
    requirements: (context) => required(context.place),
    prepare: (context) => sealerOf(seal, context.place.id),
    async handle(context, page, sealer) {
      const { place, transaction, request, decision } = context
      const vault = { tenant: place.tenant, vault: place.id }
      const list = { ...vault, operationId: 'getSecrets', object: '' }
      const listed = await listPage({ request, sealer }, { list, path, page }, (bounds) =>
        listSecrets(transaction, vault, bounds),
      )
      const { recovery } = await vaults.factsAt(transaction, place)
      return { ...listed, recovery, assignmentId: decision?.assignmentId }
    },
    respond({ items, nextLink, recovery, assignmentId }, { origin, apiVersion }) {
      const body = renderSecretPage(items, { ids: 'base', nextLink }, { origin, apiVersion, recovery })
      return respondJson(body, assignmentId)
    },
    audit: {
      operationName: 'SecretList',
      view: (page, request, listed) => viewSecretList(request, { path, page }, listed?.items.length),
    },
  })
}
