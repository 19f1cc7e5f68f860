/** The life of a vault as a management program sees it: make, change, fill, delete, recover, delete, purge; retries off. */
import { KeyVaultManagementClient } from '@azure/arm-keyvault'
import { DefaultAzureCredential } from '@azure/identity'

const [subscription = '', group = '', name = '', tenantId = '', value = ''] = process.argv.slice(2)
const client = new KeyVaultManagementClient(new DefaultAzureCredential(), subscription, {
  retryOptions: { maxRetries: 0 },
})
const { vaults, secrets, managedHsms } = client
const location = 'westeurope'
const sku = { family: 'A', name: 'standard' } as const

async function namesOf(list: AsyncIterable<{ readonly name?: string }>): Promise<readonly string[]> {
  const names: string[] = []
  for await (const item of list) names.push(item.name ?? '')
  return names
}

const seen: Record<string, unknown> = {}
const type = 'Microsoft.KeyVault/vaults'
seen['free'] = (await vaults.checkNameAvailability({ name, type })).nameAvailable
const made = await vaults.createOrUpdate(group, name, {
  location,
  properties: { tenantId, sku, softDeleteRetentionInDays: 7 },
})
seen['rbac'] = made.properties.enableRbacAuthorization
seen['taken'] = (await vaults.checkNameAvailability({ name, type })).reason
seen['premium'] = (
  await vaults.update(group, name, { properties: { sku: { ...sku, name: 'premium' } } })
).properties.sku.name
const secret = await secrets.createOrUpdate(group, name, 'db', { properties: { value, contentType: 'text/plain' } })
seen['secretValue'] = secret.properties.value
seen['changed'] = (await secrets.update(group, name, 'db', { tags: { a: 'b' } })).tags
seen['secrets'] = await namesOf(secrets.list(group, name))
await vaults.delete(group, name)
const deleted = await vaults.getDeleted(name, location)
seen['vaultId'] = deleted.properties?.vaultId
seen['retainedDays'] =
  (Number(deleted.properties?.scheduledPurgeDate) - Number(deleted.properties?.deletionDate)) / 86_400_000
seen['deleted'] = await namesOf(vaults.listDeleted())
await vaults.createOrUpdate(group, name, { location, properties: { tenantId, sku, createMode: 'recover' } })
seen['recovered'] = (await vaults.get(group, name)).properties.sku.name
seen['listed'] = (await namesOf(vaults.listByResourceGroup(group))).includes(name)
seen['hsms'] = [...(await namesOf(managedHsms.listBySubscription())), ...(await namesOf(managedHsms.listDeleted()))]
if (process.argv[7] === 'to the end') {
  await vaults.delete(group, name)
  await vaults.purgeDeleted(name, location)
  seen['purged'] = await namesOf(vaults.listDeleted())
}
console.log(JSON.stringify(seen))
