import { refuseToLeaveNoAdministrator } from '#authorization/last-administrator.ts'
import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '#base/json.ts'
import type { DomainSealer } from '#seal/seal.ts'
import type { Reader, Writer } from '#storage/database.ts'
import type { ContainerAppRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { formatResourceId, type TypedResourceAddress } from '../../resource-id.ts'
import type { Author, ResourceAddress, Tags } from '../../tracked-resource.ts'
import { settleIdentities } from './app-identity.ts'
import { settleSecrets } from './app-secrets.ts'
import type { ShownApp } from './app-wire.ts'
import { environmentType } from './environment-wire.ts'
import type { DesiredApp } from './parse-app.ts'
import { refuseBrokenSecretRefs } from './secret-refs.ts'
import { showApp } from './shown-app.ts'

type Its = Pick<ResourceManagerDependencies, 'apps' | 'revisions' | 'environments' | 'identities'>

/** What a PUT or PATCH comes to. */
interface AppWrite {
  readonly address: ResourceAddress
  readonly location: string
  readonly tags: Tags
  readonly author: Author
  readonly desired: DesiredApp
  /** The identities that the request itself named: those that the caller was found to be allowed to assign. */
  readonly named: readonly TypedResourceAddress[]
  readonly existing: ContainerAppRecord | undefined
  readonly sealer: DomainSealer
}

/**
 * Writes an app whole: environment, identities, secrets and template are settled against what is there. Throws `malformed`
 * `LastRBACAdminAssignmentCannotBeDeleted` when it takes the app's own identity away.
 */
export async function saveApp(
  its: Its,
  writer: Writer,
  { address, location, tags, author, desired, named, existing, sealer }: AppWrite,
): Promise<{ readonly created: boolean; readonly shown: ShownApp }> {
  const environmentId = await settleEnvironment(its, writer, { desired, existing })
  const identity = await settleIdentities(its, writer, { desired: desired.identity, named, existing })
  const secrets = settleSecrets(desired.secrets, existing, identity)
  const settled = {
    address,
    location,
    tags,
    author,
    systemAssignedIdentity: identity.systemAssigned,
    userAssignedIdentities: identity.userAssigned,
    properties: { environmentId, ...withSecrets(desired.properties, secrets.entries) },
    secretValues: secrets.values,
  }
  const save = () => its.apps.save(writer, settled, sealer)
  const losesIdentity = existing?.identity !== undefined && !identity.systemAssigned
  const { created, app } = await (losesIdentity ? refuseToLeaveNoAdministrator(writer, save) : save())
  await refuseBrokenSecretRefs(its, writer, { app, existing })
  return { created, shown: await showApp(its, writer, app) }
}

/** Secrets have their place in the configuration; without any the member is left out, and az asks for no values. */
function withSecrets(properties: JsonObject, secrets: readonly JsonObject[]): JsonObject {
  const { configuration } = properties
  if (secrets.length === 0 || !isJsonObject(configuration)) return properties
  return { ...properties, configuration: { ...configuration, secrets } }
}

/** The id of the environment that the app is in: it must exist, and it never changes. */
async function settleEnvironment(
  its: Its,
  reader: Reader,
  { desired, existing }: { readonly desired: DesiredApp; readonly existing: ContainerAppRecord | undefined },
): Promise<JsonValue> {
  const former = existing?.properties['environmentId']
  if (desired.environment === undefined) {
    if (former !== undefined) return former
    throw new ServiceError('malformed', 'EnvironmentIdRequired', "'properties.environmentId' is required.", {
      target: 'properties.environmentId',
    })
  }
  const environment = await its.environments.find(reader, desired.environment)
  if (environment === undefined) {
    throw new ServiceError(
      'malformed',
      'ManagedEnvironmentNotFound',
      `The managed environment '${formatResourceId(desired.environment, environmentType)}' does not exist.`,
      { target: 'properties.environmentId' },
    )
  }
  const environmentId = formatResourceId(environment.address, environmentType)
  if (former !== undefined && former !== environmentId) {
    throw new ServiceError(
      'malformed',
      'EnvironmentIdImmutable',
      'The environment of a container app cannot be changed.',
      {
        target: 'properties.environmentId',
      },
    )
  }
  return environmentId
}
