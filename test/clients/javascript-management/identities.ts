/** User-assigned identities and their federated credentials, as a management program sees them. */
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import {
  credential,
  groupName,
  groupScope,
  namesOf,
  options,
  others,
  pagesOf,
  refusal,
  subscriptionId,
  tell,
} from './session.ts'

const [app = ''] = others
const { userAssignedIdentities, federatedIdentityCredentials, systemAssignedIdentities } =
  new ManagedServiceIdentityClient(credential, subscriptionId, options)
const location = 'westeurope'

const created = await userAssignedIdentities.createOrUpdate(groupName, 'ours', { location, tags: { a: '1' } })
const updated = await userAssignedIdentities.update(groupName, 'ours', { tags: { b: '2' } })
const identity = {
  created,
  updated: updated.tags,
  got: await userAssignedIdentities.get(groupName, 'ours'),
  ofApp: await systemAssignedIdentities.getByScope(`${groupScope}/providers/Microsoft.App/containerApps/${app}`),
}

const trust = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:org/app:ref:refs/heads/main',
  audiences: ['api://AzureADTokenExchange'],
}
const federated = {
  created: await federatedIdentityCredentials.createOrUpdate(groupName, 'ours', 'ci-main', trust),
  got: await federatedIdentityCredentials.get(groupName, 'ours', 'ci-main'),
  updated: (
    await federatedIdentityCredentials.createOrUpdate(groupName, 'ours', 'ci-main', { ...trust, subject: 'other' })
  ).subject,
  second: (await federatedIdentityCredentials.createOrUpdate(groupName, 'ours', 'deploy', trust)).name,
  pages: await pagesOf(federatedIdentityCredentials.list(groupName, 'ours', { top: 1 }).byPage()),
  gone: await federatedIdentityCredentials
    .delete(groupName, 'ours', 'ci-main')
    .then(() => refusal(federatedIdentityCredentials.get(groupName, 'ours', 'ci-main'))),
  left: await namesOf(federatedIdentityCredentials.list(groupName, 'ours')),
}

// More than the hundred that a page has when nobody asks for less.
const many = Array.from({ length: 104 }, (_, at) => `many-${String(at).padStart(3, '0')}`)
for (const name of many) await userAssignedIdentities.createOrUpdate(groupName, name, { location })
const pages = {
  byGroup: await pagesOf(userAssignedIdentities.listByResourceGroup(groupName).byPage()),
  bySubscription: await namesOf(userAssignedIdentities.listBySubscription()),
}

await userAssignedIdentities.delete(groupName, 'ours')
await userAssignedIdentities.delete(groupName, 'ours')
tell({
  identity,
  federated,
  pages,
  gone: {
    get: await refusal(userAssignedIdentities.get(groupName, 'ours')),
    credentials: await refusal(namesOf(federatedIdentityCredentials.list(groupName, 'ours'))),
  },
})
