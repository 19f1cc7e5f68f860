import { canonicalName, type SecretName, type TenantId, trustGuid, type VaultId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { randomHex } from '#base/random.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { Seal } from '#seal/seal.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { VaultPlaces } from '../vault-places.ts'
import type { SecretProperties } from '../wire.ts'
import { sealSecretValue } from './sealed-secret.ts'
import {
  type NewSecretVersion,
  newSecretVersionOf,
  requireOrderedValidity,
  type SecretChanges,
  secretChangesOf,
} from './secret-body.ts'
import { sealerOf } from './secret-dependencies.ts'
import type { SealedValue, SecretIdentity } from './secret-identity.ts'
import type { PageBounds, SecretPage } from './secret-rows.ts'
import {
  listSecrets,
  loadSecretHead,
  loadSecretVersion,
  saveSecretVersion,
  updateSecretVersion,
} from './secret-store.ts'

const versionBytes = 16

/** A value sealed for one version of one secret of one vault, and for no other. */
interface SealedForVault extends SealedValue {
  readonly vault: VaultId
  readonly version: string
}

/**
 * The secrets of vaults for the control plane, which writes and describes them: through the same limits, seal and rows as the
 * data plane's operations. A value goes in and never comes out.
 */
export interface ControlPlaneSecrets {
  /** What `{value, contentType, attributes, tags}` asks for. Throws `malformed` `BadParameter`. */
  parseNew(document: JsonObject): NewSecretVersion
  /** The same without a value. Throws `malformed` `BadParameter`. */
  parseChanges(document: JsonObject): SecretChanges
  /** Seals a value before the transaction; undefined when the tenant has no active vault of this name. */
  seal(
    where: { readonly tenant: TenantId; readonly vaultName: string; readonly name: SecretName },
    value: SecretValue,
  ): Promise<SealedForVault | undefined>
  /** Stores a new version in the vault that it was sealed for. Throws `conflict` `Conflict` while a deleted secret has the name. */
  set(
    writer: Writer,
    name: SecretName,
    version: { readonly sealed: SealedForVault; readonly given: NewSecretVersion },
  ): Promise<SecretProperties>
  /** Stores a new version that takes from the latest one what is not given; undefined when there is no such secret. */
  replace(
    writer: Writer,
    name: SecretName,
    version: { readonly sealed: SealedForVault; readonly given: NewSecretVersion },
  ): Promise<SecretProperties | undefined>
  /** Changes the metadata of the latest version; undefined when there is no such secret. */
  update(
    writer: Writer,
    secret: { readonly vault: VaultId; readonly name: SecretName },
    changes: SecretChanges,
  ): Promise<SecretProperties | undefined>
  /** The latest version of an active secret. */
  find(
    reader: Reader,
    secret: { readonly vault: VaultId; readonly name: SecretName },
  ): Promise<SecretProperties | undefined>
  /** Active secrets by name, which must not be those of a deleted vault. */
  list(reader: Reader, vault: VaultId, page: PageBounds): Promise<SecretPage>
}

/** The one implementation. */
export function createControlPlaneSecrets({
  seal,
  places,
}: {
  readonly seal: Seal
  readonly places: Pick<VaultPlaces, 'resolve'>
}): ControlPlaneSecrets {
  const find: ControlPlaneSecrets['find'] = async (reader, { vault, name }) => {
    const where = identity(reader, vault, name)
    const head = await loadSecretHead(reader, where)
    if (head === undefined) return undefined
    return (await loadSecretVersion(reader, where, head.latestVersion))?.properties
  }
  const set: ControlPlaneSecrets['set'] = (writer, name, { sealed, given }) =>
    saveSecretVersion(writer, identity(writer, sealed.vault, name), { ...sealed, name, given })
  return {
    parseNew: newSecretVersionOf,
    parseChanges: secretChangesOf,
    async seal({ tenant, vaultName, name }, value) {
      const place = await places.resolve(vaultName)
      if (place === undefined || place.tenant !== tenant) return undefined
      const version = randomHex(versionBytes)
      const where = { tenant, vault: place.id, canonical: canonicalName(name), version }
      return {
        vault: trustGuid<VaultId>(place.id),
        version,
        ...sealSecretValue(await sealerOf(seal, place.id), where, value),
      }
    },
    set,
    async replace(writer, name, { sealed, given }) {
      const latest = await find(writer, { vault: sealed.vault, name })
      return latest && set(writer, name, { sealed, given: withDefaults(given, latest) })
    },
    update: (writer, { vault, name }, changes) =>
      updateSecretVersion(writer, { ...identity(writer, vault, name), version: undefined }, changes),
    find,
    list: (reader, vault, page) => listSecrets(reader, { tenant: reader.tenant, vault }, page),
  }
}

function identity({ tenant }: Reader, vault: VaultId, name: SecretName): SecretIdentity {
  return { tenant, vault, canonical: canonicalName(name) }
}

function withDefaults(given: NewSecretVersion, latest: SecretProperties): NewSecretVersion {
  const { attributes } = given
  const contentType = given.contentType ?? latest.contentType
  const tagsJson = given.tagsJson ?? latest.tagsJson
  const notBeforeSeconds = attributes.notBeforeSeconds ?? latest.notBeforeSeconds
  const expiresSeconds = attributes.expiresSeconds ?? latest.expiresSeconds
  requireOrderedValidity(notBeforeSeconds, expiresSeconds)
  return {
    value: given.value,
    attributes: {
      enabled: attributes.enabled ?? latest.enabled,
      ...(notBeforeSeconds === undefined ? {} : { notBeforeSeconds }),
      ...(expiresSeconds === undefined ? {} : { expiresSeconds }),
    },
    ...(contentType === undefined ? {} : { contentType }),
    ...(tagsJson === undefined ? {} : { tagsJson }),
  }
}
