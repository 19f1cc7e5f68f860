/** All twelve operations on secrets, as a user of the SDK writes them, retries off. Prints what came of each. */
import { DefaultAzureCredential } from '@azure/identity'
import { SecretClient } from '@azure/keyvault-secrets'

const [url = '', otherUrl = '', prefix = ''] = process.argv.slice(2)
const options = { retryOptions: { maxRetries: 0 } }
const credential = new DefaultAzureCredential()
const client = new SecretClient(url, credential, options)
const other = new SecretClient(otherUrl, credential, options)
const name = `${prefix}-Secret`
const neighbour = `${prefix}-other`
const poll = { intervalInMs: 10 }

async function refusal(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'not refused'
  } catch (failure) {
    const { statusCode, code } = Object(failure)
    return [statusCode, code]
  }
}

/** Page by page, one item each, in the order of their names. */
async function namesIn(pages: AsyncIterable<readonly { readonly name: string }[]>): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of pages) names.push(...page.map((item) => item.name))
  return names.filter((found) => found.startsWith(`${prefix}-`))
}

async function versionsOf(of: SecretClient) {
  const versions = []
  for await (const version of of.listPropertiesOfSecretVersions(name)) versions.push(version)
  return versions
}

const set = await client.setSecret(name, 'one', { contentType: 'text/plain', tags: { a: '1' } })
const latest = await client.setSecret(name, 'zwei €')
await client.setSecret(neighbour, '')
const first = await client.getSecret(name, { version: set.properties.version ?? '' })
const got = await client.getSecret(name)
const updated = await client.updateSecretProperties(name, latest.properties.version ?? '', {
  contentType: 'text/html',
  tags: { b: '2' },
  expiresOn: new Date('2030-01-01T00:00:00Z'),
})
await client.updateSecretProperties(name, set.properties.version ?? '', { contentType: '' })
const versions = await versionsOf(client)
const listed = await namesIn(client.listPropertiesOfSecrets().byPage({ maxPageSize: 1 }))

const backup = await client.backupSecret(name)
const deletion = await client.beginDeleteSecret(name, poll)
const deleted = await deletion.pollUntilDone()
await (await client.beginDeleteSecret(neighbour, poll)).pollUntilDone()
const gotDeleted = await client.getDeletedSecret(name)
const listedDeleted = await namesIn(client.listDeletedSecrets().byPage({ maxPageSize: 1 }))
const whileDeleted = { get: await refusal(client.getSecret(name)), set: await refusal(client.setSecret(name, 'x')) }
const recovery = await client.beginRecoverDeletedSecret(name, poll)
const recovered = await recovery.pollUntilDone()
const recoveredValue = await client.getSecret(name)
const recoveredVersions = await versionsOf(client)

const restored = await other.restoreSecretBackup(backup ?? new Uint8Array())
const restoredFirst = await other.getSecret(name, { version: set.properties.version ?? '' })
const restoredLatest = await other.getSecret(name)
const restoredAgain = await refusal(other.restoreSecretBackup(backup ?? new Uint8Array()))
const tampered = await refusal(
  other.restoreSecretBackup(Uint8Array.from(backup ?? [], (byte, at) => (at === 99 ? byte ^ 1 : byte))),
)

await (await client.beginDeleteSecret(name, poll)).pollUntilDone()
await client.purgeDeletedSecret(name)
await client.purgeDeletedSecret(neighbour)
const { deletedOn, scheduledPurgeDate } = deleted.properties
console.log(
  JSON.stringify({
    set: {
      name: set.name,
      value: set.value,
      contentType: set.properties.contentType,
      tags: set.properties.tags,
      enabled: set.properties.enabled,
    },
    got: { first: first.value, latest: got.value },
    updated: {
      contentType: updated.contentType,
      tags: updated.tags,
      expires: (updated.expiresOn?.getTime() ?? 0) / 1000,
    },
    versions: {
      count: versions.length,
      contentTypes: versions
        .map((version) => version.contentType ?? '')
        .toSorted((one, other) => (one < other ? -1 : 1)),
    },
    listed,
    deleted: {
      name: deleted.name,
      recoveryId: deleted.properties.recoveryId,
      days: ((scheduledPurgeDate?.getTime() ?? 0) - (deletedOn?.getTime() ?? 0)) / 86_400_000,
      recoveryLevel: deleted.properties.recoveryLevel,
      recoverableDays: deleted.properties.recoverableDays,
    },
    gotDeleted: gotDeleted.name,
    listedDeleted,
    whileDeleted,
    recovered: { name: recovered.name, value: recoveredValue.value, versions: recoveredVersions.length },
    restored: {
      name: restored.name,
      sameVersion: restored.version === latest.properties.version,
      first: restoredFirst.value,
      latest: restoredLatest.value,
      versions: (await versionsOf(other)).length,
    },
    restoredAgain,
    tampered,
    purged: {
      deleted: await refusal(client.getDeletedSecret(name)),
      purgedAgain: await refusal(client.purgeDeletedSecret(name)),
      restoredValue: (await other.getSecret(name)).value,
    },
  }),
)
