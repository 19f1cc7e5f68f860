import { randomHex } from '#base/random.ts'
import { defineOperation } from '#operation/operation.ts'
import { type ObjectAddress, parseObjectAddress } from '../names.ts'
import { type Recovery, renderSecretBundle, type SecretProperties } from '../wire.ts'
import { sealSecretValue } from './sealed-secret.ts'
import { viewSecret } from './secret-audit.ts'
import { type NewSecretVersion, parseNewSecretVersion } from './secret-body.ts'
import { identityOf, type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import type { SealedValue } from './secret-identity.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson } from './secret-response.ts'
import { saveSecretVersion } from './secret-store.ts'

interface SetSecretInput {
  readonly address: ObjectAddress
  readonly given: NewSecretVersion
}

interface SealedVersion extends SealedValue {
  readonly version: string
}

interface SavedSecret {
  readonly properties: SecretProperties
  readonly given: NewSecretVersion
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/setSecret/action')
const versionBytes = 16

/**
 * setSecret: a new version of a secret, which it creates if need be; the new version inherits nothing. Answers with the value,
 * or 409 while a deleted secret of this name can be recovered. Source: contracts/key-vault.md §2.1, §4.
 */
export function createSetSecret({ seal, vaults }: SecretDependencies) {
  return defineOperation<SetSecretInput, SealedVersion, SavedSecret>({
    id: 'setSecret',
    method: 'PUT',
    path: '/secrets/{name}',
    since: '7.0',
    access: 'write',
    parse: (request) => ({ address: parseObjectAddress(request), given: parseNewSecretVersion(request.body) }),
    requirements: (context, input) => required(context.place, input.address.canonical, input.address.name),
    async prepare({ place }, { address, given }) {
      const version = randomHex(versionBytes)
      const sealer = await sealerOf(seal, place.id)
      return { version, ...sealSecretValue(sealer, { ...identityOf(place, address.canonical), version }, given.value) }
    },
    async handle(context, { address, given }, sealed) {
      const { place, transaction } = context
      const { recovery } = await vaults.factsAt(transaction, place)
      const where = identityOf(place, address.canonical)
      const properties = await saveSecretVersion(transaction, where, { ...sealed, name: address.name, given })
      return { properties, given, recovery, assignmentId: context.decision?.assignmentId }
    },
    respond(saved, request) {
      const { origin, apiVersion } = request
      const valueJson = JSON.stringify(saved.given.value.reveal().toString('utf8'))
      const view = { origin, apiVersion, recovery: saved.recovery }
      return respondJson(renderSecretBundle(valueJson, saved.properties, view), saved.assignmentId)
    },
    audit: {
      operationName: 'SecretSet',
      view: (input, request, saved) => viewSecret(request, input.address, saved?.properties),
    },
  })
}
