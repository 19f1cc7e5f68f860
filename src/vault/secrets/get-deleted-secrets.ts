import { defineOperation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type PageRequest, parsePageRequest } from '../names.ts'
import { type ListedPage, listPage } from '../page-token.ts'
import { type DeletedSecret, type Recovery, renderDeletedPage } from '../wire.ts'
import { listDeletedSecrets } from './deleted-secret-store.ts'
import { viewSecretList } from './secret-audit.ts'
import { type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtVault } from './secret-requirements.ts'
import { respondJson } from './secret-response.ts'

interface ListedDeleted extends ListedPage<DeletedSecret> {
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtVault('secrets/readMetadata/action')
const path = '/deletedsecrets'

/**
 * getDeletedSecrets: the vault's deleted secrets by name, without values: base ids, with the latest version's properties and the
 * times of deletion and purge. Needs the action at the vault or above. Source: contracts/key-vault.md §1, §3.
 */
export function createGetDeletedSecrets({ seal, vaults }: SecretDependencies) {
  return defineOperation<PageRequest, DomainSealer, ListedDeleted>({
    id: 'getDeletedSecrets',
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
      const list = { ...vault, operationId: 'getDeletedSecrets', object: '' }
      const listed = await listPage({ request, sealer }, { list, path, page }, (bounds) =>
        listDeletedSecrets(transaction, vault, bounds),
      )
      const { recovery } = await vaults.factsAt(transaction, place)
      return { ...listed, recovery, assignmentId: decision?.assignmentId }
    },
    respond({ items, nextLink, recovery, assignmentId }, { origin, apiVersion }) {
      return respondJson(renderDeletedPage(items, nextLink, { origin, apiVersion, recovery }), assignmentId)
    },
    audit: {
      operationName: 'SecretListDeleted',
      view: (page, request, listed) => viewSecretList(request, { path, page }, listed?.items.length),
    },
  })
}
