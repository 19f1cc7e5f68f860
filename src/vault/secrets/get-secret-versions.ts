import { defineOperation } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type ObjectAddress, type PageRequest, parseObjectAddress, parsePageRequest } from '../names.ts'
import { nextLinkOf, openPageToken, sealPageToken } from '../page-token.ts'
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

interface ListedVersions {
  readonly items: readonly SecretProperties[]
  readonly nextLink: string | undefined
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
    async handle(context, { address, page: { size, token } }, sealer) {
      const { place, transaction, request } = context
      const where = identityOf(place, address.canonical)
      const list = { ...where, operationId: 'getSecretVersions', object: address.canonical }
      const after = token === undefined ? '' : openPageToken(sealer, list, token)
      const { items, lastKey } = await listSecretVersions(transaction, where, { after, size })
      const { recovery } = await vaults.factsAt(transaction, place)
      const nextLink =
        lastKey === undefined
          ? undefined
          : nextLinkOf(request, { path: pathOf(address), size, token: sealPageToken(sealer, list, lastKey) })
      return { items, nextLink, recovery, assignmentId: context.decision?.assignmentId }
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
