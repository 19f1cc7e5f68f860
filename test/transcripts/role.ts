import type { Step } from './step.ts'

/** Roles, their assignments, and user-assigned identities. */
export const roleSteps: readonly Step[] = [
  { run: 'az group create -n rg-roles -l westeurope -o none' },
  { run: 'az keyvault create -n kv-az-roles -g rg-roles -o none' },
  {
    run: 'export VAULT=$(az keyvault show -n kv-az-roles --query id -o tsv) GROUP=$(az group show -n rg-roles --query id -o tsv)',
  },
  {
    run: 'az identity create -n id-one -g rg-roles --tags team=blue',
    json: {
      clientId: '00000000-0000-0000-0000-000000000000',
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-roles/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one',
      isolationScope: 'None',
      location: 'westeurope',
      name: 'id-one',
      principalId: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'rg-roles',
      tags: { team: 'blue' },
      tenantId: '00000000-0000-0000-0000-000000000000',
      type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
    },
  },
  {
    run: 'az identity create -n id-two -g rg-roles --query type -o tsv',
    prints: 'Microsoft.ManagedIdentity/userAssignedIdentities\n',
  },
  {
    run: 'az identity show -n id-one -g rg-roles --query "{name:name,location:location,tags:tags}"',
    json: { location: 'westeurope', name: 'id-one', tags: { team: 'blue' } },
  },
  {
    run: 'az identity show -n id-missing -g rg-roles',
    code: 3,
    says: "ERROR: (ResourceNotFound) The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/id-missing' under resource group 'rg-roles' was not found.",
  },
  {
    run: 'az identity list -g rg-roles -o table --query "[].{Name:name,Location:location}"',
    prints: 'Name    Location\n------  ----------\nid-one  westeurope\nid-two  westeurope\n',
  },
  { run: 'az identity list --query "[].name" -o tsv', prints: 'id-one\nid-two\n' },
  { run: 'az identity update -n id-one -g rg-roles --tags team=red --query tags', json: { team: 'red' } },
  {
    run: 'az identity list-operations --query "length(@) > \\`0\\`"',
    code: 3,
    says: "ERROR: (InvalidResourceType) The resource type 'operations' could not be found in the namespace 'Microsoft.ManagedIdentity'.",
  },
  {
    run: 'az identity list-resources -n id-one -g rg-roles',
    code: 3,
    says: "ERROR: (InvalidResourceType) The resource type 'userAssignedIdentities' could not be found in the namespace 'Microsoft.ManagedIdentity'.",
  },
  {
    run: 'az identity federated-credential create -n pipeline --identity-name id-one -g rg-roles --issuer https://token.example.com --subject repo:one --audiences api://AzureADTokenExchange',
    json: {
      audiences: ['api://AzureADTokenExchange'],
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-roles/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one/federatedIdentityCredentials/pipeline',
      issuer: 'https://token.example.com',
      name: 'pipeline',
      resourceGroup: 'rg-roles',
      subject: 'repo:one',
      type: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials',
    },
  },
  {
    run: 'az identity federated-credential show -n pipeline --identity-name id-one -g rg-roles --query subject -o tsv',
    prints: 'repo:one\n',
  },
  {
    run: 'az identity federated-credential list --identity-name id-one -g rg-roles --query "[].name" -o tsv',
    prints: 'pipeline\n',
  },
  {
    run: 'az identity federated-credential update -n pipeline --identity-name id-one -g rg-roles --issuer https://token.example.com --subject repo:two --audiences api://AzureADTokenExchange --query subject -o tsv',
    prints: 'repo:two\n',
  },
  { run: 'az identity federated-credential delete -n pipeline --identity-name id-one -g rg-roles -y' },
  {
    run: 'export PRINCIPAL=$(az identity show -n id-one -g rg-roles --query principalId -o tsv) CLIENT=$(az identity show -n id-one -g rg-roles --query clientId -o tsv)',
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets User" --assignee-object-id "$PRINCIPAL" --assignee-principal-type ServicePrincipal --scope "$VAULT"',
    json: {
      condition: null,
      conditionVersion: null,
      createdBy: '00000000-0000-0000-0000-000000000000',
      createdOn: '2000-01-01T00:00:00+00:00',
      delegatedManagedIdentityResourceId: null,
      description: null,
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-roles/providers/Microsoft.KeyVault/vaults/kv-az-roles/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000000',
      name: '00000000-0000-0000-0000-000000000000',
      principalId: '00000000-0000-0000-0000-000000000000',
      principalType: 'ServicePrincipal',
      resourceGroup: 'rg-roles',
      roleDefinitionId:
        '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000000',
      scope:
        '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-roles/providers/Microsoft.KeyVault/vaults/kv-az-roles',
      systemData: null,
      type: 'Microsoft.Authorization/roleAssignments',
      updatedBy: '00000000-0000-0000-0000-000000000000',
      updatedOn: '2000-01-01T00:00:00+00:00',
    },
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets User" --assignee-object-id "$PRINCIPAL" --assignee-principal-type ServicePrincipal --scope "$VAULT" --query roleDefinitionName',
    json: 'Key Vault Secrets User',
  },
  {
    run: 'az role assignment create --role Reader --assignee "$CLIENT" --scope "$GROUP" --query "{type:principalType,scope:scope}"',
    json: {
      scope: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-roles',
      type: 'ServicePrincipal',
    },
  },
  {
    run: 'az role assignment create --role "Key Vault Reader" --assignee "$CLIENT" --scope "$VAULT" --description "to look at" --query description -o tsv',
    prints: 'to look at\n',
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets Officer" --assignee operator@strongroom.local --scope "$VAULT" --condition "((!(ActionMatches{\'Microsoft.KeyVault/vaults/secrets/setSecret/action\'})) OR (@Request[Microsoft.KeyVault/vaults/secrets:name] StringEquals \'only-this\'))" --condition-version 2.0 --query "{condition:condition,version:conditionVersion}"',
    json: {
      condition:
        "((!(ActionMatches{'Microsoft.KeyVault/vaults/secrets/setSecret/action'})) OR (@Request[Microsoft.KeyVault/vaults/secrets:name] StringEquals 'only-this'))",
      version: '2.0',
    },
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets Officer" --assignee operator@strongroom.local --scope "$VAULT" --condition "nonsense" --condition-version 2.0',
    code: 1,
    says: "ERROR: (InvalidRoleAssignmentCondition) The given role assignment condition is invalid. At character 1: 'nonsense' is no function.",
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-roles -n only-this --value x --query name -o tsv',
    prints: 'only-this\n',
  },
  {
    run: 'az keyvault secret set --vault-name kv-az-roles -n another --value x',
    code: 1,
    says: 'ERROR: (Forbidden) Caller is not authorized to perform action on resource.',
  },
  {
    run: 'az role assignment create --role "No Such Role" --assignee "$CLIENT" --scope "$VAULT"',
    code: 1,
    says: "ERROR: Role 'No Such Role' doesn't exist.",
  },
  {
    run: 'az role assignment create --role Reader --assignee nobody@strongroom.local --scope "$VAULT"',
    code: 1,
    says: "ERROR: Cannot find user or service principal in graph database for 'nobody@strongroom.local'. If the assignee is an appId, make sure the",
  },
  {
    run: 'az role assignment list --scope "$VAULT" --query "sort_by([].{Role:roleDefinitionName,Kind:principalType}, &Role)" -o table',
    prints:
      'Role                       Kind\n-------------------------  ----------------\nKey Vault Reader           ServicePrincipal\nKey Vault Secrets Officer  User\nKey Vault Secrets User     ServicePrincipal\n',
  },
  {
    run: 'az role assignment list --scope "$VAULT" --include-inherited --query "sort([].roleDefinitionName)"',
    json: ['Key Vault Reader', 'Key Vault Secrets Officer', 'Key Vault Secrets User', 'Owner', 'Reader'],
  },
  {
    run: 'az role assignment list --assignee "$CLIENT" --scope "$VAULT" --query "sort([].roleDefinitionName)"',
    json: ['Key Vault Reader', 'Key Vault Secrets User'],
  },
  {
    run: 'az role assignment list --assignee "$PRINCIPAL" --all --query "sort([].roleDefinitionName)"',
    json: ['Key Vault Reader', 'Key Vault Secrets User', 'Reader'],
  },
  { run: 'az role assignment list -g rg-roles --query "[].roleDefinitionName"', json: ['Reader'] },
  {
    run: 'az role assignment list --role Owner --query "[].{role:roleDefinitionName,name:principalName}"',
    json: [{ name: 'operator@strongroom.local', role: 'Owner' }],
  },
  {
    run: 'az role assignment list --all -o table --query "sort([].roleDefinitionName)"',
    prints:
      'Result\n-------------------------\nKey Vault Reader\nKey Vault Secrets Officer\nKey Vault Secrets User\nOwner\nReader\n',
  },
  {
    run: 'az role assignment list --assignee operator@strongroom.local --include-groups --query "[].roleDefinitionName"',
    json: ['Owner'],
  },
  { run: 'az role assignment list-changelogs', json: [] },
  {
    run: 'az role assignment list --scope "$VAULT" --role "Key Vault Reader" --query "[0]" >assignment.json; sed -i \'s/to look at/changed/\' assignment.json',
  },
  {
    run: 'az role assignment update --role-assignment @assignment.json --query description -o tsv',
    prints: 'changed\n',
  },
  { run: 'az role assignment delete --role "Key Vault Reader" --assignee "$CLIENT" --scope "$VAULT"' },
  { run: 'az role assignment delete --ids "$(az role assignment list --scope "$GROUP" --query "[0].id" -o tsv)"' },
  {
    run: 'az role assignment delete --role Owner --assignee operator@strongroom.local --scope "/subscriptions/$(az account show --query id -o tsv)"',
    code: 1,
    says: 'ERROR: (LastRBACAdminAssignmentCannotBeDeleted) Cannot delete the last RBAC admin assignment.',
  },
  {
    run: 'az role assignment list --assignee "$CLIENT" --all --query "[].roleDefinitionName"',
    json: ['Key Vault Secrets User'],
  },
  {
    run: 'az role definition list --name "Key Vault Secrets User"',
    json: [
      {
        assignableScopes: ['/'],
        createdBy: null,
        createdOn: '2000-01-01T00:00:00+00:00',
        description:
          "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        id: '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000000',
        name: '00000000-0000-0000-0000-000000000000',
        permissions: [
          {
            actions: [],
            condition: null,
            conditionVersion: null,
            dataActions: [
              'Microsoft.KeyVault/vaults/secrets/getSecret/action',
              'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
            ],
            notActions: [],
            notDataActions: [],
          },
        ],
        roleName: 'Key Vault Secrets User',
        roleType: 'BuiltInRole',
        systemData: null,
        type: 'Microsoft.Authorization/roleDefinitions',
        updatedBy: null,
        updatedOn: '2000-01-01T00:00:00+00:00',
      },
    ],
  },
  { run: 'az role definition list --query "length(@) > \\`10\\`"', json: true },
  {
    run: 'az role definition show --name 4633458b-17de-408a-b874-0445c86b69e6 --scope "$VAULT" --query "{name:roleName,type:roleType}"',
    json: { name: 'Key Vault Secrets User', type: 'BuiltInRole' },
  },
  {
    run: 'az role definition show --id "$(az role definition list --name Reader --query "[0].id" -o tsv)" --query roleName -o tsv',
    prints: 'Reader\n',
  },
  {
    run: 'az role definition create --role-definition "{\\"Name\\":\\"Secret Counter\\",\\"Description\\":\\"Lists secrets.\\",\\"Actions\\":[],\\"DataActions\\":[\\"Microsoft.KeyVault/vaults/secrets/readMetadata/action\\"],\\"AssignableScopes\\":[\\"$GROUP\\"]}"',
    json: {
      assignableScopes: ['/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-roles'],
      createdBy: '00000000-0000-0000-0000-000000000000',
      createdOn: '2000-01-01T00:00:00+00:00',
      description: 'Lists secrets.',
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-000000000000',
      name: '00000000-0000-0000-0000-000000000000',
      permissions: [
        {
          actions: [],
          condition: null,
          conditionVersion: null,
          dataActions: ['Microsoft.KeyVault/vaults/secrets/readMetadata/action'],
          notActions: [],
          notDataActions: [],
        },
      ],
      roleName: 'Secret Counter',
      roleType: 'CustomRole',
      systemData: null,
      type: 'Microsoft.Authorization/roleDefinitions',
      updatedBy: '00000000-0000-0000-0000-000000000000',
      updatedOn: '2000-01-01T00:00:00+00:00',
    },
  },
  {
    run: 'az role definition list --custom-role-only true --scope "$GROUP" --query "[].{name:roleName,type:roleType,data:permissions[0].dataActions}"',
    json: [
      { data: ['Microsoft.KeyVault/vaults/secrets/readMetadata/action'], name: 'Secret Counter', type: 'CustomRole' },
    ],
  },
  {
    run: 'az role definition update --role-definition "{\\"Name\\":\\"Secret Counter\\",\\"Description\\":\\"Counts.\\",\\"Actions\\":[\\"Microsoft.KeyVault/vaults/read\\"],\\"DataActions\\":[],\\"AssignableScopes\\":[\\"$GROUP\\"]}" --query "{description:description,actions:permissions[0].actions}"',
    json: { actions: ['Microsoft.KeyVault/vaults/read'], description: 'Counts.' },
  },
  { run: 'az role definition delete --name "Secret Counter" --scope "$GROUP"' },
  { run: 'az role deny-assignment list', json: [] },
  { run: 'az identity delete -n id-one -g rg-roles' },
  { run: 'az identity list -g rg-roles --query "[].name" -o tsv', prints: 'id-two\n' },
]
