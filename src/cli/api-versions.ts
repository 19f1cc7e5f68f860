/** The api-versions and resource types that commands send; the newest that az sends too. */
export const resourcesApiVersion = '2024-11-01'
export const keyVaultApiVersion = '2026-02-01'
export const secretsApiVersion = '7.4'
export const roleAssignmentsApiVersion = '2022-04-01'
export const roleDefinitionsApiVersion = '2022-05-01-preview'
export const containerAppsApiVersion = '2025-07-01'

export const vaultType = 'Microsoft.KeyVault/vaults'
export const containerAppType = 'Microsoft.App/containerApps'
export const environmentType = 'Microsoft.App/managedEnvironments'
