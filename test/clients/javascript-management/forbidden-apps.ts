/** Container apps as an identity that has no role: what each call is refused with. */
import { ContainerAppsAPIClient } from '@azure/arm-appcontainers'
import { credential, groupName, namesOf, options, others, poll, refusal, subscriptionId, tell } from './session.ts'

const [app = ''] = others
const { containerApps, managedEnvironments } = new ContainerAppsAPIClient(credential, subscriptionId, options)
const location = 'westeurope'

tell({
  read: await refusal(containerApps.get(groupName, app)),
  secrets: await refusal(containerApps.listSecrets(groupName, app)),
  environment: await refusal(managedEnvironments.createOrUpdate(groupName, 'none', { location }, poll)),
  delete: await refusal(containerApps.delete(groupName, app, poll)),
  listed: await namesOf(containerApps.listBySubscription()),
})
