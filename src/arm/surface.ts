/**
 * arm: the control plane: resource ids, long-running operations and the resource providers, one folder per namespace.
 * Never reads a secret's value, and never stores a setting that nothing enforces.
 */
import type { Operation, Surface } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from './dependencies.ts'
import { createDialect } from './dialect.ts'
import { guardOperation } from './guard.ts'
import { activateRevision, deactivateRevision, restartRevision } from './providers/microsoft-app/change-revision.ts'
import { checkAppNameAvailability } from './providers/microsoft-app/check-name-availability.ts'
import { deleteApp } from './providers/microsoft-app/delete-app.ts'
import { deleteEnvironment } from './providers/microsoft-app/delete-environment.ts'
import { getApp } from './providers/microsoft-app/get-app.ts'
import { getEnvironment } from './providers/microsoft-app/get-environment.ts'
import { getOperationStatus } from './providers/microsoft-app/get-operation-status.ts'
import { getRevision } from './providers/microsoft-app/get-revision.ts'
import { listAppSecrets } from './providers/microsoft-app/list-app-secrets.ts'
import { listApps } from './providers/microsoft-app/list-apps.ts'
import { listEnvironments } from './providers/microsoft-app/list-environments.ts'
import { getReplica, listReplicas } from './providers/microsoft-app/list-replicas.ts'
import { listRevisions } from './providers/microsoft-app/list-revisions.ts'
import { patchApp } from './providers/microsoft-app/patch-app.ts'
import { patchEnvironment } from './providers/microsoft-app/patch-environment.ts'
import { putApp } from './providers/microsoft-app/put-app.ts'
import { putEnvironment } from './providers/microsoft-app/put-environment.ts'
import { listWorkloadProfileStates, listWorkloadProfileTypes } from './providers/microsoft-app/workload-profiles.ts'
import { deleteLock } from './providers/microsoft-authorization/delete-lock.ts'
import { deleteRoleAssignment } from './providers/microsoft-authorization/delete-role-assignment.ts'
import { deleteRoleDefinition } from './providers/microsoft-authorization/delete-role-definition.ts'
import { getDenyAssignment } from './providers/microsoft-authorization/get-deny-assignment.ts'
import { getLock } from './providers/microsoft-authorization/get-lock.ts'
import { getRoleAssignment } from './providers/microsoft-authorization/get-role-assignment.ts'
import { getRoleDefinition } from './providers/microsoft-authorization/get-role-definition.ts'
import { listDenyAssignments } from './providers/microsoft-authorization/list-deny-assignments.ts'
import { listLocks } from './providers/microsoft-authorization/list-locks.ts'
import { listPermissions } from './providers/microsoft-authorization/list-permissions.ts'
import { listRoleAssignments } from './providers/microsoft-authorization/list-role-assignments.ts'
import { listRoleDefinitions } from './providers/microsoft-authorization/list-role-definitions.ts'
import { putLock } from './providers/microsoft-authorization/put-lock.ts'
import { putRoleAssignment } from './providers/microsoft-authorization/put-role-assignment.ts'
import { putRoleDefinition } from './providers/microsoft-authorization/put-role-definition.ts'
import { deleteDiagnosticSetting } from './providers/microsoft-insights/delete-diagnostic-setting.ts'
import {
  getDiagnosticCategory,
  listDiagnosticCategories,
} from './providers/microsoft-insights/diagnostic-categories.ts'
import { getDiagnosticSetting } from './providers/microsoft-insights/get-diagnostic-setting.ts'
import { listActivity } from './providers/microsoft-insights/list-activity.ts'
import { listDiagnosticSettings } from './providers/microsoft-insights/list-diagnostic-settings.ts'
import { putDiagnosticSetting } from './providers/microsoft-insights/put-diagnostic-setting.ts'
import { checkVaultName } from './providers/microsoft-keyvault/check-name-availability.ts'
import { deletePrivateEndpointConnection } from './providers/microsoft-keyvault/delete-private-endpoint-connection.ts'
import { deleteVault } from './providers/microsoft-keyvault/delete-vault.ts'
import { getDeletedVault } from './providers/microsoft-keyvault/get-deleted-vault.ts'
import { getVaultOperationResult } from './providers/microsoft-keyvault/get-operation-result.ts'
import { getPrivateEndpointConnection } from './providers/microsoft-keyvault/get-private-endpoint-connection.ts'
import { getVault } from './providers/microsoft-keyvault/get-vault.ts'
import { getVaultSecret } from './providers/microsoft-keyvault/get-vault-secret.ts'
import { listDeletedVaults } from './providers/microsoft-keyvault/list-deleted-vaults.ts'
import {
  listDeletedManagedHsms,
  listManagedHsms,
  listManagedHsmsByGroup,
} from './providers/microsoft-keyvault/list-managed-hsms.ts'
import { listKeyVaultOperations } from './providers/microsoft-keyvault/list-operations.ts'
import { listPrivateEndpointConnections } from './providers/microsoft-keyvault/list-private-endpoint-connections.ts'
import { listPrivateLinkResources } from './providers/microsoft-keyvault/list-private-link-resources.ts'
import { listVaultSecrets } from './providers/microsoft-keyvault/list-vault-secrets.ts'
import { listVaults } from './providers/microsoft-keyvault/list-vaults.ts'
import { patchVault } from './providers/microsoft-keyvault/patch-vault.ts'
import { patchVaultSecret } from './providers/microsoft-keyvault/patch-vault-secret.ts'
import { purgeDeletedVault } from './providers/microsoft-keyvault/purge-deleted-vault.ts'
import { putPrivateEndpointConnection } from './providers/microsoft-keyvault/put-private-endpoint-connection.ts'
import { putVault } from './providers/microsoft-keyvault/put-vault.ts'
import { putVaultSecret } from './providers/microsoft-keyvault/put-vault-secret.ts'
import { updateAccessPolicy } from './providers/microsoft-keyvault/update-access-policy.ts'
import { deleteFederatedCredential } from './providers/microsoft-managedidentity/delete-federated-credential.ts'
import { deleteIdentity } from './providers/microsoft-managedidentity/delete-identity.ts'
import { getFederatedCredential } from './providers/microsoft-managedidentity/get-federated-credential.ts'
import { getIdentity } from './providers/microsoft-managedidentity/get-identity.ts'
import { getSystemAssignedIdentity } from './providers/microsoft-managedidentity/get-system-assigned-identity.ts'
import { listIdentityCredentials } from './providers/microsoft-managedidentity/list-federated-credentials.ts'
import { listIdentities } from './providers/microsoft-managedidentity/list-identities.ts'
import { patchIdentity } from './providers/microsoft-managedidentity/patch-identity.ts'
import { putFederatedCredential } from './providers/microsoft-managedidentity/put-federated-credential.ts'
import { putIdentity } from './providers/microsoft-managedidentity/put-identity.ts'
import { deleteWorkspace } from './providers/microsoft-operationalinsights/delete-workspace.ts'
import { getSharedKeys } from './providers/microsoft-operationalinsights/get-shared-keys.ts'
import { getWorkspace } from './providers/microsoft-operationalinsights/get-workspace.ts'
import { listWorkspaces } from './providers/microsoft-operationalinsights/list-workspaces.ts'
import { putWorkspace } from './providers/microsoft-operationalinsights/put-workspace.ts'
import { deleteResourceGroup, getGroupOperationResult } from './providers/microsoft-resources/delete-resource-group.ts'
import { getProvider } from './providers/microsoft-resources/get-provider.ts'
import { getResourceGroup } from './providers/microsoft-resources/get-resource-group.ts'
import { getSubscription } from './providers/microsoft-resources/get-subscription.ts'
import { headResourceGroup } from './providers/microsoft-resources/head-resource-group.ts'
import { listLocations } from './providers/microsoft-resources/list-locations.ts'
import { listProviders } from './providers/microsoft-resources/list-providers.ts'
import { listResourceGroups } from './providers/microsoft-resources/list-resource-groups.ts'
import { listResources, listResourcesByGroup } from './providers/microsoft-resources/list-resources.ts'
import { listSubscriptions } from './providers/microsoft-resources/list-subscriptions.ts'
import { listTenants } from './providers/microsoft-resources/list-tenants.ts'
import { getMetadataEndpoints } from './providers/microsoft-resources/metadata-endpoints.ts'
import { patchResourceGroup } from './providers/microsoft-resources/patch-resource-group.ts'
import { putResourceGroup } from './providers/microsoft-resources/put-resource-group.ts'
import { registerProvider, unregisterProvider } from './providers/microsoft-resources/register-provider.ts'

const maximumBodyBytes = 1024 * 1024

/** The resource manager, as a surface. Source: contracts/resource-manager-and-container-apps.md. */
export function createResourceManager(its: ResourceManagerDependencies): { readonly surface: Surface } {
  return {
    surface: {
      name: 'arm',
      operations: listOperations(its).map(guardOperation),
      maximumBodyBytes,
      apiVersions: 'newest-not-later',
      authenticate: its.authenticate,
      dialect: createDialect((origin) => its.namesFor(origin).loginOrigin),
    },
  }
}

function listOperations(its: ResourceManagerDependencies): readonly Operation[] {
  return [
    getMetadataEndpoints(its),
    listActivity,
    putDiagnosticSetting(its),
    getDiagnosticSetting(its),
    listDiagnosticSettings(its),
    deleteDiagnosticSetting(its),
    listDiagnosticCategories(its),
    getDiagnosticCategory(its),
    listTenants,
    listSubscriptions,
    getSubscription,
    listLocations,
    listProviders,
    getProvider,
    registerProvider,
    unregisterProvider,
    listResources(its),
    listResourcesByGroup(its),
    listResourceGroups,
    putResourceGroup,
    patchResourceGroup,
    getResourceGroup,
    headResourceGroup,
    deleteResourceGroup(its),
    getGroupOperationResult,
    putVault(its),
    patchVault(its),
    getVault(its),
    deleteVault(its),
    ...listVaults(its),
    updateAccessPolicy(its),
    putPrivateEndpointConnection(its),
    getPrivateEndpointConnection(its),
    deletePrivateEndpointConnection(its),
    listPrivateEndpointConnections(its),
    listPrivateLinkResources(its),
    putVaultSecret(its),
    patchVaultSecret(its),
    getVaultSecret(its),
    listVaultSecrets(its),
    listDeletedVaults(its),
    getDeletedVault(its),
    purgeDeletedVault(its),
    getVaultOperationResult,
    checkVaultName(its),
    listKeyVaultOperations,
    listManagedHsms,
    listManagedHsmsByGroup,
    listDeletedManagedHsms,
    listRoleDefinitions,
    getRoleDefinition,
    putRoleDefinition,
    deleteRoleDefinition,
    listRoleAssignments,
    getRoleAssignment,
    putRoleAssignment(its),
    deleteRoleAssignment,
    listDenyAssignments,
    getDenyAssignment,
    listPermissions,
    putLock(its),
    getLock,
    listLocks,
    deleteLock,
    putIdentity(its),
    patchIdentity(its),
    getIdentity(its),
    deleteIdentity(its),
    ...listIdentities(its),
    getSystemAssignedIdentity(its),
    putFederatedCredential(its),
    getFederatedCredential(its),
    deleteFederatedCredential(its),
    listIdentityCredentials(its),
    putEnvironment(its),
    getEnvironment(its),
    deleteEnvironment(its),
    patchEnvironment(its),
    ...listEnvironments(its),
    listWorkloadProfileStates(its),
    listWorkloadProfileTypes,
    checkAppNameAvailability(its),
    putApp(its),
    patchApp(its),
    getApp(its),
    deleteApp(its),
    ...listApps(its),
    listAppSecrets(its),
    listRevisions(its),
    getRevision(its),
    activateRevision(its),
    deactivateRevision(its),
    restartRevision(its),
    listReplicas(its),
    getReplica(its),
    putWorkspace(its),
    getWorkspace(its),
    deleteWorkspace(its),
    ...listWorkspaces(its),
    getSharedKeys(its),
    getOperationStatus,
  ]
}
