import { ServiceError } from '#base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '#base/json.ts'
import type { Reader } from '#storage/database.ts'
import type { ContainerAppRecord, RevisionRecord } from '../../container-app-resources.ts'
import type { ResourceManagerDependencies } from '../../dependencies.ts'
import { secretInvalid, storedSecrets } from './app-secrets.ts'

/**
 * Sees to it, after a write, that no reference leads nowhere: neither of a revision that is still active, nor of the new
 * template. Throws `malformed` `ContainerAppSecretInvalid`, naming the revisions that a removed secret is used by, or
 * `ContainerAppSecretRefNotFound`. Source: contracts/resource-manager-and-container-apps.md §6.4; real-captures.md §3.
 */
export async function refuseBrokenSecretRefs(
  { revisions }: Pick<ResourceManagerDependencies, 'revisions'>,
  reader: Reader,
  { app, existing }: { readonly app: ContainerAppRecord; readonly existing: ContainerAppRecord | undefined },
): Promise<void> {
  const known = secretNames(app)
  if (existing !== undefined) {
    const isNew = ({ name }: RevisionRecord) => name === app.revisionName && name !== existing.revisionName
    const active = (await revisions.listActive(reader, app.id)).filter((revision) => !isNew(revision))
    refuseSecretsInUse(active, known)
  }
  refuseUnknownSecretRefs(app.properties, known)
}

/** Refuses to let a revision become active that refers to a secret the app does not have any more. */
export function refuseBrokenRevision(revision: RevisionRecord, app: ContainerAppRecord): void {
  refuseUnknownSecretRefs({ template: revision.template }, secretNames(app))
}

function refuseSecretsInUse(active: readonly RevisionRecord[], known: ReadonlySet<string>): void {
  const users = new Map<string, string[]>()
  for (const { name, template } of active) {
    for (const secret of new Set(secretRefsIn(template))) {
      if (!known.has(secret)) users.set(secret, [...(users.get(secret) ?? []), name])
    }
  }
  if (users.size === 0) return
  const secrets = [...users.keys()].map((name) => `'${name}'`).join(', ')
  const names = [...new Set([...users.values()].flat())].map((name) => `'${name}'`).join(', ')
  throw secretInvalid(
    `Invalid Request: Container app secret(s) with name(s) ${secrets} cannot be removed: active revision(s) ${names} refer to them.`,
  )
}

function refuseUnknownSecretRefs(properties: JsonObject, known: ReadonlySet<string>): void {
  const template = objectIn(properties, 'template')
  for (const container of [...elementsOf(template['containers']), ...elementsOf(template['initContainers'])]) {
    const missing = secretRefsIn(container).find((name) => !known.has(name))
    if (missing === undefined) continue
    const name = isJsonObject(container) && typeof container['name'] === 'string' ? container['name'] : ''
    throw secretRefNotFound(missing, ` defined for container '${name}'`)
  }
  const { secrets: _secrets, ...configuration } = objectIn(properties, 'configuration')
  const { containers: _containers, initContainers: _initContainers, ...others } = template
  const missing = [...secretRefsIn(others), ...secretRefsIn(configuration)].find((name) => !known.has(name))
  if (missing !== undefined) throw secretRefNotFound(missing, '')
}

/** The names in every `secretRef` and `passwordSecretRef` of a document, at any depth. */
function secretRefsIn(value: JsonValue): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(secretRefsIn)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const isReference = (name === 'secretRef' || name === 'passwordSecretRef') && typeof member === 'string'
    return isReference ? (member === '' ? [] : [member]) : secretRefsIn(member)
  })
}

function secretNames({ properties }: ContainerAppRecord): ReadonlySet<string> {
  return new Set(storedSecrets(properties).keys())
}

function objectIn(document: JsonObject, member: string): JsonObject {
  const value = document[member]
  return isJsonObject(value) ? value : {}
}

function elementsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function secretRefNotFound(reference: string, where: string): ServiceError {
  return new ServiceError('malformed', 'ContainerAppSecretRefNotFound', `SecretRef '${reference}'${where} not found.`, {
    target: 'properties.template',
  })
}
