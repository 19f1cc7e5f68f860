import type { Step } from './step.ts'

/** The life of vaults, their network rules and access policies. */
export const keyvaultSteps: readonly Step[] = [
  { run: 'az group create -n rg-kv -l westeurope -o none' },
  {
    run: 'az keyvault create -n kv-az-one -g rg-kv -l westeurope --tags team=blue',
    json: {
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-kv/providers/Microsoft.KeyVault/vaults/kv-az-one',
      location: 'westeurope',
      name: 'kv-az-one',
      properties: {
        accessPolicies: [],
        createMode: null,
        enablePurgeProtection: null,
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        hsmPoolResourceId: null,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
        privateEndpointConnections: null,
        provisioningState: 'Succeeded',
        publicNetworkAccess: 'Enabled',
        sku: { family: 'A', name: 'standard' },
        softDeleteRetentionInDays: 90,
        tenantId: '00000000-0000-0000-0000-000000000000',
        vaultUri: 'https://kv-az-one.vault.azure.net/',
      },
      resourceGroup: 'rg-kv',
      systemData: {
        createdAt: '2000-01-01T00:00:00+00:00',
        createdBy: 'operator@strongroom.local',
        createdByType: 'User',
        lastModifiedAt: '2000-01-01T00:00:00+00:00',
        lastModifiedBy: 'operator@strongroom.local',
        lastModifiedByType: 'User',
      },
      tags: { team: 'blue' },
      type: 'Microsoft.KeyVault/vaults',
    },
  },
  {
    run: 'az keyvault create -n kv-az-policies -g rg-kv --enable-rbac-authorization false --retention-days 7 --query "properties.{rbac:enableRbacAuthorization,days:softDeleteRetentionInDays,policies:accessPolicies[].permissions.secrets}"',
    json: { days: 7, policies: [['all']], rbac: false },
  },
  {
    run: 'az keyvault create -n kv-az-one -g rg-kv',
    code: 1,
    says: 'ERROR: The specified vault: kv-az-one already exists',
  },
  {
    run: 'az keyvault create -n "kv az" -g rg-kv',
    code: 1,
    says: "ERROR: (InvalidResourceName) The name of a 'Microsoft.KeyVault/vaults' holds characters that are not allowed.",
  },
  {
    run: 'az keyvault show -n kv-az-one --query properties.vaultUri -o tsv',
    prints: 'https://kv-az-one.vault.azure.net/\n',
  },
  {
    run: 'az keyvault show -n kv-az-one -g rg-kv --query "{location:location,sku:properties.sku.name,tags:tags}"',
    json: { location: 'westeurope', sku: 'standard', tags: { team: 'blue' } },
  },
  {
    run: 'az keyvault show -n kv-az-missing',
    code: 1,
    says: "ERROR: The Vault 'kv-az-missing' not found within subscription.",
  },
  { run: 'az keyvault list --query "[].name" -o tsv', prints: 'kv-az-one\nkv-az-policies\n' },
  {
    run: 'az keyvault list -g rg-kv --query "[].{name:name,location:location}" -o table',
    prints:
      'Name            Location\n--------------  ----------\nkv-az-one       westeurope\nkv-az-policies  westeurope\n',
  },
  {
    run: 'az keyvault check-name -n kv-az-one',
    code: 3,
    says: "ERROR: (InvalidResourceType) The resource type 'checkMhsmNameAvailability' could not be found in the namespace 'Microsoft.KeyVault'.",
  },
  {
    run: 'az keyvault update -n kv-az-one -g rg-kv --retention-days 90 --enable-purge-protection true --query properties.enablePurgeProtection',
    json: true,
  },
  {
    run: 'az keyvault update -n kv-az-one -g rg-kv --enable-purge-protection false',
    code: 1,
    says: 'ERROR: (BadRequest) The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.',
  },
  { run: 'az keyvault update -n kv-az-one --set tags.stage=dev --query tags', json: { stage: 'dev', team: 'blue' } },
  {
    run: 'az keyvault update -n kv-az-one --default-action Deny --bypass None --query properties.networkAcls',
    json: { bypass: 'None', defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] },
  },
  { run: 'az keyvault wait -n kv-az-one --updated' },
  {
    run: 'az keyvault network-rule add -n kv-az-one --ip-address 192.0.2.7 198.51.100.0/24 --query properties.networkAcls.ipRules',
    json: [{ value: '192.0.2.7' }, { value: '198.51.100.0/24' }],
  },
  {
    run: 'az keyvault network-rule add -n kv-az-one --ip-address 300.1.1.1',
    code: 2,
    says: "ERROR: '300.1.1.1' does not appear to be an IPv4 or IPv6 network",
  },
  {
    run: 'az keyvault network-rule list -n kv-az-one',
    json: {
      bypass: 'None',
      defaultAction: 'Deny',
      ipRules: [{ value: '192.0.2.7' }, { value: '198.51.100.0/24' }],
      virtualNetworkRules: [],
    },
  },
  {
    run: 'az keyvault secret list --vault-name kv-az-one',
    code: 1,
    says: 'ERROR: (Forbidden) Client address is not authorized and caller is not a trusted service.',
  },
  {
    run: 'az keyvault network-rule remove -n kv-az-one --ip-address 192.0.2.7 --query properties.networkAcls.ipRules',
    json: [{ value: '198.51.100.0/24' }],
  },
  { run: 'az keyvault network-rule wait -n kv-az-one --updated' },
  {
    run: 'az keyvault update -n kv-az-one --public-network-access Disabled --query properties.publicNetworkAccess -o tsv',
    prints: 'Disabled\n',
  },
  {
    run: 'az rest --method put --url "$(az keyvault show -n kv-az-one --query id -o tsv)/privateEndpointConnections/office?api-version=2026-02-01" --body \'{"properties":{"privateLinkServiceConnectionState":{"status":"Pending"}}}\' --query properties.privateLinkServiceConnectionState.status -o tsv',
    prints: 'Pending\n',
  },
  {
    run: 'az keyvault private-endpoint-connection approve -n office --vault-name kv-az-one --description "the office" --query properties.privateLinkServiceConnectionState',
  },
  {
    run: 'az keyvault private-endpoint-connection show -n office --vault-name kv-az-one --query properties.privateLinkServiceConnectionState.status -o tsv',
  },
  {
    run: 'az keyvault private-endpoint-connection reject -n office --vault-name kv-az-one --query properties.privateLinkServiceConnectionState.status -o tsv',
  },
  {
    run: 'az keyvault private-endpoint-connection delete -n office --vault-name kv-az-one',
    json: {
      etag: null,
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-kv/providers/Microsoft.KeyVault/vaults/kv-az-one/privateEndpointConnections/office',
      location: 'westeurope',
      name: 'office',
      privateEndpoint: null,
      privateLinkServiceConnectionState: { actionsRequired: 'None', description: '', status: 'Rejected' },
      provisioningState: 'Succeeded',
      resourceGroup: 'rg-kv',
      systemData: null,
      tags: null,
      type: 'Microsoft.KeyVault/vaults/privateEndpointConnections',
    },
  },
  { run: 'az keyvault private-link-resource list --vault-name kv-az-one --query "[].groupId"', json: ['vault'] },
  {
    run: 'az keyvault set-policy -n kv-az-policies --object-id 11111111-2222-3333-4444-555555555555 --secret-permissions get list --query "properties.accessPolicies[].[objectId,sort(permissions.secrets)]"',
    json: [
      ['00000000-0000-0000-0000-000000000000', ['all']],
      ['00000000-0000-0000-0000-000000000000', ['get', 'list']],
    ],
  },
  {
    run: 'az keyvault set-policy -n kv-az-policies --upn operator@strongroom.local --secret-permissions get list set --query "properties.accessPolicies[].sort(permissions.secrets)"',
    json: [
      ['get', 'list', 'set'],
      ['get', 'list'],
    ],
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-policies -n by-policy --value x --query value -o tsv',
    prints: 'x\n',
  },
  {
    run: 'az keyvault secret delete --vault-name kv-az-policies -n by-policy',
    code: 1,
    says: 'ERROR: (Forbidden) The user, group or application',
  },
  {
    run: 'az keyvault delete-policy -n kv-az-policies --object-id 11111111-2222-3333-4444-555555555555 --query "properties.accessPolicies[].sort(permissions.secrets)"',
    json: [['get', 'list', 'set']],
  },
  {
    run: 'az keyvault set-policy -n kv-az-one --object-id 11111111-2222-3333-4444-555555555555 --secret-permissions get',
    code: 1,
    says: "ERROR: Cannot set policies to a vault with '--enable-rbac-authorization' specified",
  },
  {
    run: 'az keyvault key list --vault-name kv-az-policies',
    code: 1,
    says: 'ERROR: (NotFound) The request URI names no resource of this service.',
  },
  {
    run: 'az keyvault key create --vault-name kv-az-policies -n k1',
    code: 1,
    says: 'ERROR: (NotFound) The request URI names no resource of this service.',
  },
  {
    run: 'az keyvault certificate list --vault-name kv-az-policies',
    code: 1,
    says: 'ERROR: (NotFound) The request URI names no resource of this service.',
  },
  { run: 'az keyvault delete -n kv-az-policies -g rg-kv' },
  {
    run: 'az keyvault list-deleted',
    json: [
      {
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-az-policies',
        name: 'kv-az-policies',
        properties: {
          deletionDate: '2000-01-01T00:00:00+00:00',
          location: 'westeurope',
          purgeProtectionEnabled: null,
          scheduledPurgeDate: '2000-01-01T00:00:00+00:00',
          tags: {},
          vaultId:
            '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-kv/providers/Microsoft.KeyVault/vaults/kv-az-policies',
        },
        systemData: null,
        type: 'Microsoft.KeyVault/deletedVaults',
      },
    ],
  },
  {
    run: 'az keyvault show-deleted -n kv-az-policies --query "{name:name,location:properties.location}"',
    json: { location: 'westeurope', name: 'kv-az-policies' },
  },
  {
    run: 'az keyvault create -n kv-az-policies -g rg-kv',
    code: 1,
    says: 'ERROR: (ConflictError) A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.',
  },
  {
    run: 'az keyvault recover -n kv-az-policies --query properties.vaultUri -o tsv',
    prints: 'https://kv-az-policies.vault.azure.net/\n',
  },
  { run: 'az keyvault delete -n kv-az-policies' },
  { run: 'az keyvault purge -n kv-az-policies' },
  {
    run: 'az keyvault show-deleted -n kv-az-policies',
    code: 1,
    says: 'ERROR: No deleted Vault or HSM was found with name kv-az-policies',
  },
  { run: 'az keyvault delete -n kv-az-one' },
  {
    run: 'az keyvault purge -n kv-az-one',
    code: 1,
    says: "ERROR: (MethodNotAllowed) Operation 'DeletedVaultPurge' is not allowed.",
  },
  { run: 'az keyvault list-deleted --resource-type hsm', json: [] },
]
