import { callerAsWorkload } from '#authentication/workload-caller.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { tryParseSecretUrl } from '#base/secret-url.ts'
import type { SecretValue } from '#base/secret-value.ts'
import type { RequestFacts } from '#operation/operation.ts'
import type { ResourceSealer } from '#seal/resource-sealer.ts'
import type { Database } from '#storage/database.ts'
import { type UsableIdentity, usableIdentitiesOf } from './app-identities.ts'
import { createAppSecretStore } from './app-secret-store.ts'
import type { ContainerAppRecord } from './app-store.ts'
import { activeRevisionOf, findRecordByName } from './find-app-by-name.ts'
import { readVaultSecret, type VaultAccess, type VaultAnswer } from './read-vault-secret.ts'
import { elementsOf, objectIn } from './tracked-resource.ts'

export interface SecretVariablesDependencies {
  readonly database: Database
  readonly sealerOf: ResourceSealer
  readonly vault: VaultAccess
  readonly clock: Clock
}

/** The values of an app's secret variables, for the environment of a command and for nothing else. */
export interface SecretVariables {
  /** Whose variables these are; another revision may have others. */
  readonly revisionName: string
  readonly values: ReadonlyMap<string, SecretValue>
}

/** Which app, and on whose request. */
export interface SecretVariablesRequest {
  readonly tenant: TenantId
  readonly name: string
  readonly resourceGroup: string | undefined
  readonly facts: RequestFacts
}

/** How often a caller is made anew because tokens were revoked meanwhile. */
const tries = 3

/**
 * Makes the one way to the values that `secretRef` variables get: inline secrets are opened, references are read from their
 * vaults as the identity that each names. What is given throws `conflict` `ContainerAppSecretsUnavailable` with one sentence
 * for each secret that gave no value, and what `findAppByName` throws. Call it outside transactions.
 * Source: contracts/resource-manager-and-container-apps.md §6.4, §9.3; contracts/real-captures.md §3.
 */
export function createSecretVariables(
  its: SecretVariablesDependencies,
): (request: SecretVariablesRequest) => Promise<SecretVariables> {
  return async (request) => {
    const sealer = await its.sealerOf(request.tenant)
    const app = await its.database.read({ tenant: request.tenant }, async (reader) => {
      const record = await findRecordByName(reader, request.name, request.resourceGroup)
      const { name: revisionName, variables } = await activeRevisionOf(reader, record)
      const inline = await createAppSecretStore().openAll(reader, record.id, sealer)
      const identities = await usableIdentitiesOf(reader, record)
      return { record, revisionName, secretVariables: variables.secret, inline, identities }
    })
    const secrets = new Map<string, SecretValue>()
    const failures: string[] = []
    for (const name of new Set(Object.values(app.secretVariables))) {
      const answer = app.inline.get(name) ?? (await readReference(its, request, { ...app, name }))
      if (typeof answer === 'string') failures.push(answer)
      else if (answer.reveal().includes(0))
        failures.push(describe(name, 'its value holds U+0000, which no variable can'))
      else secrets.set(name, answer)
    }
    if (failures.length > 0) {
      throw new ServiceError('conflict', 'ContainerAppSecretsUnavailable', failures.join('\n'))
    }
    const values = new Map<string, SecretValue>()
    for (const [variable, name] of Object.entries(app.secretVariables)) {
      const value = secrets.get(name)
      if (value !== undefined) values.set(variable, value)
    }
    return { revisionName: app.revisionName, values }
  }
}

/** The value of a reference, or the sentence that says why there is none. */
async function readReference(
  its: SecretVariablesDependencies,
  { tenant, facts }: SecretVariablesRequest,
  wanted: {
    readonly record: ContainerAppRecord
    readonly identities: readonly UsableIdentity[]
    readonly name: string
  },
): Promise<SecretValue | string> {
  const { name } = wanted
  const entry = findEntry(wanted.record, name)
  const { keyVaultUrl, identity: called } = entry ?? {}
  if (typeof keyVaultUrl !== 'string' || typeof called !== 'string') return describe(name, 'the app has no such secret')
  const url = tryParseSecretUrl(keyVaultUrl)
  if (url === undefined) return describe(name, 'its keyVaultUrl names no secret', called)
  const identity = wanted.identities.find((usable) => usable.called === called.toLowerCase())
  if (identity === undefined)
    return describe(name, 'the identity is not assigned to the app, or does not exist', called)
  const { principalId: principal, clientId, resourceId } = identity
  let answer: VaultAnswer = { outcome: 'outdated' }
  for (let tried = 0; answer.outcome === 'outdated' && tried < tries; tried++) {
    const { epoch } = await its.database.currentFreshness(tenant)
    const caller = callerAsWorkload({ principal, clientId, resourceId, tenant, epoch, now: its.clock.now() })
    answer = await readVaultSecret(its.vault, { url, caller, facts })
  }
  switch (answer.outcome) {
    case 'value':
      return answer.value
    case 'refused':
      return describe(name, answer.why, called)
    case 'outdated':
      return describe(name, 'its tokens were revoked', called)
  }
}

function findEntry({ properties }: ContainerAppRecord, name: string): JsonObject | undefined {
  const secrets = elementsOf(objectIn(properties, 'configuration')['secrets'])
  return secrets.filter(isJsonObject).find((secret) => secret['name'] === name)
}

/** Azure's words, and then why. */
function describe(name: string, why: string, identity?: string): string {
  if (identity === undefined) return `Unable to get value for secret ${name}: ${why}.`
  return `Unable to get value using Managed identity ${identity} for secret ${name}: ${why}.`
}
