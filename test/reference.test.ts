import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { withSurfaces } from '../scripts/reference/open-surfaces.ts'
import { filteredOperations, openOperations } from '../scripts/reference/operations-page.ts'
import { renderReference } from '../scripts/reference/render-reference.ts'

/** What asks nobody. Each line was decided; a new one needs a reason that a reviewer accepts. */
const open = [
  'token getOpenIdConfigurationV1: public',
  'token getOpenIdConfiguration: public',
  'token getSigningKeysV1: public',
  'token getSigningKeys: public',
  'token getInstanceDiscovery: public',
  'token getUserRealm: public',
  'token issueTokenV1: credential-exchange',
  'token issueToken: credential-exchange',
  'identity getAppServiceToken: workload-session',
  'imds getImdsToken: workload-session',
  'cloud-shell getCloudShellToken: workload-session',
  'arm Metadata_Endpoints: public',
  'control startSession: local-control',
  'control endSession: local-control',
  'control listSessions: local-control',
  'control createServicePrincipal: local-control',
  'control operatorGrant: local-control',
  'control getStatus: local-control',
  'control rotateSigningKeys: local-control',
  'control revokeSigningKeys: local-control',
]

/** What every signed-in principal may ask, and is shown only what it may read. */
const filtered = [
  'arm Tenants_List',
  'arm Subscriptions_List',
  'arm Subscriptions_Get',
  'arm Subscriptions_ListLocations',
  'arm Providers_List',
  'arm Providers_Get',
  'arm Resources_List',
  'arm Resources_ListByResourceGroup',
  'arm ResourceGroups_List',
  'arm ResourceGroups_GetOperationResult',
  'arm Vaults_ListBySubscription',
  'arm Vaults_ListByResourceGroup',
  'arm Vaults_GetOperationResult',
  'arm Operations_List',
  'arm ManagedHsms_ListBySubscription',
  'arm ManagedHsms_ListByResourceGroup',
  'arm ManagedHsms_ListDeleted',
  'arm RoleAssignments_ListForScope',
  'arm DenyAssignments_ListForScope',
  'arm ManagementLocks_ListByScope',
  'arm UserAssignedIdentities_ListBySubscription',
  'arm UserAssignedIdentities_ListByResourceGroup',
  'arm ManagedEnvironments_ListBySubscription',
  'arm ManagedEnvironments_ListByResourceGroup',
  'arm ContainerApps_ListBySubscription',
  'arm ContainerApps_ListByResourceGroup',
  'arm Workspaces_List',
  'arm Workspaces_ListByResourceGroup',
  'arm ContainerApps_GetOperationStatus',
  'graph getSignedInUser',
  'graph listUsers',
  'graph getUser',
  'graph getUserMemberGroups',
  'graph listServicePrincipals',
  'graph getServicePrincipal',
  'graph listGroups',
  'graph getGroup',
  'graph getGroupMemberGroups',
  'graph listGroupMembers',
  'graph listTransitiveMembers',
  'graph getDirectoryObjectsByIds',
  'graph getDirectoryObject',
  'graph getMemberGroups',
  'graph checkMemberGroups',
]

describe('the reference pages', () => {
  test('say what the source says', async () => {
    for (const [name, text] of await renderReference()) {
      const page = readFileSync(new URL(`../docs/reference/${name}`, import.meta.url), 'utf8')
      assert.equal(page, text, `docs/reference/${name} is not what the source says: run npm run build`)
    }
  })
})

describe('who is asked for nothing', () => {
  test('exactly these operations are open', async () => {
    assert.deepEqual(await withSurfaces(async (surfaces) => openOperations(surfaces)), open)
  })

  test('exactly these operations are filtered instead of refused', async () => {
    assert.deepEqual(await withSurfaces(filteredOperations), filtered)
  })

  test('only public operations go unrecorded', async () => {
    const unrecorded = await withSurfaces(async (surfaces) =>
      surfaces.flatMap(({ name, operations }) =>
        operations.filter(({ audit }) => audit === undefined).map(({ id, open }) => `${name} ${id}: ${open ?? ''}`),
      ),
    )
    assert.deepEqual(
      unrecorded,
      open.filter((line) => line.endsWith(': public')),
    )
  })
})
