import type { Step } from './step.ts'

/** Signing in with a secret and with managed identities. */
export const loginSteps: readonly Step[] = [
  { run: 'az group create -n rg-login -l westeurope -o none' },
  { run: 'az keyvault create -n kv-az-login -g rg-login -o none' },
  { run: 'az identity create -n id-login -g rg-login -o none' },
  { run: 'az containerapp env create -n env-login -g rg-login --logs-destination none -o none' },
  {
    run: 'az containerapp create -n app-login -g rg-login --environment env-login --system-assigned --user-assigned id-login -o none',
  },
  {
    run: 'export VAULT=$(az keyvault show -n kv-az-login --query id -o tsv) GROUP=$(az group show -n rg-login --query id -o tsv) TENANT=$(az account show --query tenantId -o tsv)',
  },
  { run: 'export CLIENT=$(az identity show -n id-login -g rg-login --query clientId -o tsv)' },
  {
    run: 'strongroom ad sp create-for-rbac -n robot >robot.json; export APP=$(sed -n \'s/.*"appId": "\\(.*\\)".*/\\1/p\' robot.json) SECRET=$(sed -n \'s/.*"password": "\\(.*\\)".*/\\1/p\' robot.json)',
  },
  {
    run: 'az ad sp show --id "$APP" --query "{name:displayName,type:servicePrincipalType}"',
    json: { name: 'robot', type: 'Application' },
  },
  { run: 'az ad sp list --display-name robot --query "[].displayName" -o tsv', prints: 'robot\n' },
  {
    run: 'az role assignment create --role "Key Vault Secrets Officer" --assignee "$APP" --scope "$VAULT" --query principalType -o tsv',
    prints: 'ServicePrincipal\n',
  },
  {
    run: 'for ID in $(az containerapp identity show -n app-login -g rg-login --query principalId -o tsv) $(az identity show -n id-login -g rg-login --query principalId -o tsv); do az role assignment create --role "Key Vault Secrets User" --assignee-object-id $ID --assignee-principal-type ServicePrincipal --scope "$VAULT" --query principalType -o tsv; done',
    prints: 'ServicePrincipal\nServicePrincipal\n',
  },
  { run: 'export AZURE_CONFIG_DIR=$PWD/robot' },
  {
    run: 'az login --service-principal -u "$APP" -p "not-$SECRET" --tenant "$TENANT"',
    code: 1,
    says: 'ERROR: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret',
  },
  {
    run: 'az login --service-principal -u "$APP" -p "$SECRET" --tenant 00000000-0000-0000-0000-000000000001',
    code: 1,
    says: 'ERROR: Unable to get authority configuration for https://login.microsoftonline.com/',
  },
  {
    run: 'az login --service-principal -u "$APP" --federated-token not.a.token --tenant "$TENANT"',
    code: 1,
    says: 'ERROR: AADSTS700027: The certificate with which the client assertion was signed is not registered on application',
  },
  {
    run: 'az login --service-principal -u "$APP" -p "$SECRET" --tenant "$TENANT"',
    json: [
      {
        cloudName: 'AzureCloud',
        homeTenantId: '00000000-0000-0000-0000-000000000000',
        id: '00000000-0000-0000-0000-000000000000',
        isDefault: true,
        managedByTenants: [],
        name: 'Strongroom',
        state: 'Enabled',
        tenantId: '00000000-0000-0000-0000-000000000000',
        user: { name: '00000000-0000-0000-0000-000000000000', type: 'servicePrincipal' },
      },
    ],
  },
  { run: 'az account show --query "user.type" -o tsv', prints: 'servicePrincipal\n' },
  {
    run: 'az keyvault secret set --vault-name kv-az-login -n by-robot --value robotic --query value -o tsv',
    prints: 'robotic\n',
  },
  {
    run: 'az group show -n rg-login --query name -o tsv',
    code: 1,
    says: "ERROR: (AuthorizationFailed) The client '00000000-0000-0000-0000-000000000000' with object id '00000000-0000-0000-0000-000000000000' does not have",
  },
  {
    run: 'az group create -n rg-robot -l westeurope',
    code: 1,
    says: "ERROR: (AuthorizationFailed) The client '00000000-0000-0000-0000-000000000000' with object id '00000000-0000-0000-0000-000000000000' does not have",
  },
  { run: 'az keyvault show -n kv-az-login --query name -o tsv', prints: 'kv-az-login\n' },
  { run: 'az logout' },
  { run: 'unset AZURE_CONFIG_DIR' },
  {
    run: 'strongroom run --app app-login -- env AZURE_CORE_COLLECT_TELEMETRY=no az login --identity --query "[].user"',
    json: [{ assignedIdentityInfo: 'MSI', name: 'systemAssignedIdentity', type: 'servicePrincipal' }],
  },
  {
    run: 'strongroom run --app app-login -- env AZURE_CORE_COLLECT_TELEMETRY=no az login --identity --client-id "$CLIENT" --query "[].user.assignedIdentityInfo"',
    json: ['MSIClient-00000000-0000-0000-0000-000000000000'],
  },
  {
    run: "strongroom run --app app-login -- env AZURE_CORE_COLLECT_TELEMETRY=no sh -c 'az login --identity -o none && az keyvault secret show --vault-name kv-az-login -n by-robot --query value -o tsv'",
    prints: 'robotic\n',
  },
  {
    run: "strongroom run --app app-login -- env AZURE_CORE_COLLECT_TELEMETRY=no sh -c 'IDENTITY_HEADER=wrong az login --identity'",
    code: 1,
    says: 'ERROR: 401, The identity header is missing, is not known here, or belongs to a workload that has ended.',
  },
  {
    run: 'strongroom run --app app-login -- env AZURE_CORE_COLLECT_TELEMETRY=no az login --identity --client-id 00000000-0000-0000-0000-000000000001',
    code: 1,
    says: "ERROR: 400, Unable to load the proper Managed Identity. The 'client_id' of the request (AZURE_CLIENT_ID in the environment, or what the code passes)",
  },
]
