import { defineOperation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type ObjectAddress, type PageRequest, parseObjectAddress, parsePageRequest } from '../names.ts'
import { type ListedPage, listPage } from '../page-token.ts'
import { type Recovery, renderSecretPage, type SecretProperties } from '../wire.ts'
import { viewSecretList } from './secret-audit.ts'
import { identityOf, type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtVault } from './secret-requirements.ts'
import { respondJson } from './secret-response.ts'
import { listSecretVersions } from './secret-store.ts'

interface VersionsInput {
  readonly address: ObjectAddress
  readonly page: PageRequest
}

interface ListedVersions extends ListedPage<SecretProperties> {
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtVault('secrets/readMetadata/action')

/**
 * getSecretVersions: all versions of a secret by version id, which is no order in time, without values. Empty when there is no
 * such secret. Needs the action at the vault or above. Source: contracts/key-vault.md §2.1, §4.
 */
export function createGetSecretVersions({ seal, vaults }: SecretDependencies) {
  return defineOperation<VersionsInput, DomainSealer, ListedVersions>({
    id: 'getSecretVersions',
    method: 'GET',
    path: '/secrets/{name}/versions',
    since: '7.0',
    access: 'read',
    parse: (request) => ({ address: parseObjectAddress(request), page: parsePageRequest(request.query) }),
    requirements: (context, { address }) => required(context.place, address.name),
    prepare: (context) => sealerOf(seal, context.place.id),
    async handle(context, { address, page }, sealer) {
      const { place, transaction, request, decision } = context
      const where = identityOf(place, address.canonical)
      const list = { ...where, operationId: 'getSecretVersions', object: address.canonical }
      const listed = await listPage({ request, sealer }, { list, path: pathOf(address), page }, (bounds) =>
        listSecretVersions(transaction, where, bounds),
      )
      const { recovery } = await vaults.factsAt(transaction, place)
      return { ...listed, recovery, assignmentId: decision?.assignmentId }
    },
    respond({ items, nextLink, recovery, assignmentId }, { origin, apiVersion }) {
      const body = renderSecretPage(items, { ids: 'versioned', nextLink }, { origin, apiVersion, recovery })
      return respondJson(body, assignmentId)
    },
    audit: {
      operationName: 'SecretListVersions',
      view: ({ address, page }, request, listed) =>
        viewSecretList(request, { path: pathOf(address), page }, listed?.items.length),
    },
  })
}

function pathOf(address: ObjectAddress): string {
  return `/secrets/${address.name}/versions`
}
