import type { Step } from './step.ts'

/** Environments and container apps. */
export const containerappSteps: readonly Step[] = [
  { run: 'az group create -n rg-apps -l westeurope -o none' },
  {
    run: 'az containerapp env create -n env-az -g rg-apps -l westeurope --logs-destination none',
    json: {
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/env-az',
      location: 'West Europe',
      name: 'env-az',
      properties: {
        appLogsConfiguration: {},
        defaultDomain: 'env-0000000000.westeurope.azurecontainerapps.dev',
        provisioningState: 'Succeeded',
        workloadProfiles: [{ Name: 'Consumption', workloadProfileType: 'Consumption' }],
        zoneRedundant: false,
      },
      resourceGroup: 'rg-apps',
      systemData: {
        createdAt: '2000-01-01T00:00:00+00:00',
        createdBy: 'operator@strongroom.local',
        createdByType: 'User',
        lastModifiedAt: '2000-01-01T00:00:00+00:00',
        lastModifiedBy: 'operator@strongroom.local',
        lastModifiedByType: 'User',
      },
      tags: {},
      type: 'Microsoft.App/managedEnvironments',
    },
  },
  {
    run: 'az containerapp env create -n env-logs -g rg-apps -l westeurope --query properties.appLogsConfiguration.destination -o tsv',
    prints: 'log-analytics\n',
  },
  {
    run: 'az containerapp env show -n env-az -g rg-apps --query "{name:name,state:properties.provisioningState}"',
    json: { name: 'env-az', state: 'Succeeded' },
  },
  {
    run: 'az containerapp env show -n env-missing -g rg-apps',
    code: 1,
    says: "ERROR: (ResourceNotFound) The Resource 'Microsoft.App/managedEnvironments/env-missing' under resource group 'rg-apps' was not found. For more details",
  },
  { run: 'az containerapp env list -g rg-apps --query "[].name" -o tsv', prints: 'env-az\nenv-logs\n' },
  { run: 'az monitor log-analytics workspace list -g rg-apps --query "length(@)"', json: 1 },
  { run: 'az containerapp env update -n env-az -g rg-apps --tags team=blue --query tags', json: { team: 'blue' } },
  { run: 'az identity create -n id-apps -g rg-apps -o none' },
  { run: 'az keyvault create -n kv-az-apps -g rg-apps -o none' },
  {
    run: 'az containerapp create -n app-az -g rg-apps --environment env-az --image docker.io/library/hello:1 --env-vars A=1 --ingress external --target-port 80',
    json: {
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-apps/providers/Microsoft.App/containerapps/app-az',
      identity: { type: 'None' },
      location: 'West Europe',
      name: 'app-az',
      properties: {
        configuration: {
          activeRevisionsMode: 'Single',
          ingress: {
            allowInsecure: false,
            external: true,
            fqdn: 'app-az.env-0000000000.westeurope.azurecontainerapps.dev',
            targetPort: 80,
            traffic: [{ latestRevision: true, weight: 100 }],
            transport: 'auto',
          },
        },
        delegatedIdentities: [],
        environmentId:
          '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/env-az',
        latestRevisionFqdn: 'app-az--0000000.env-0000000000.westeurope.azurecontainerapps.dev',
        latestRevisionName: 'app-az--0000000',
        managedEnvironmentId:
          '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-apps/providers/Microsoft.App/managedEnvironments/env-az',
        outboundIpAddresses: [],
        provisioningState: 'Succeeded',
        template: {
          containers: [
            {
              env: [{ name: 'A' }],
              image: 'docker.io/library/hello:1',
              name: 'app-az',
              resources: { cpu: 0.5, memory: '1Gi' },
            },
          ],
        },
        workloadProfileName: 'Consumption',
      },
      resourceGroup: 'rg-apps',
      systemData: {
        createdAt: '2000-01-01T00:00:00+00:00',
        createdBy: 'operator@strongroom.local',
        createdByType: 'User',
        lastModifiedAt: '2000-01-01T00:00:00+00:00',
        lastModifiedBy: 'operator@strongroom.local',
        lastModifiedByType: 'User',
      },
      tags: {},
      type: 'Microsoft.App/containerApps',
    },
  },
  {
    run: 'az containerapp create -n app-ref -g rg-apps --environment env-az --image docker.io/library/hello:1 --system-assigned --secrets s1=keyvaultref:https://kv-az-apps.vault.azure.net/secrets/db,identityref:system plain=v1 --env-vars A=secretref:s1 --query "{identity:identity.type,secrets:properties.configuration.secrets}"',
    json: {
      identity: 'SystemAssigned',
      secrets: [
        { identity: 'system', keyVaultUrl: 'https://kv-az-apps.vault.azure.net/secrets/db', name: 's1' },
        { name: 'plain' },
      ],
    },
  },
  {
    run: 'az containerapp show -n app-az -g rg-apps --query properties.configuration.ingress.fqdn -o tsv',
    prints: 'app-az.env-0000000000.westeurope.azurecontainerapps.dev\n',
  },
  {
    run: 'az containerapp show -n app-az -g rg-apps --query "{name:name,state:properties.provisioningState,containers:properties.template.containers}"',
    json: {
      containers: [
        {
          env: [{ name: 'A', value: '1' }],
          image: 'docker.io/library/hello:1',
          name: 'app-az',
          resources: { cpu: 0.5, memory: '1Gi' },
        },
      ],
      name: 'app-az',
      state: 'Succeeded',
    },
  },
  {
    run: 'az containerapp show -n app-missing -g rg-apps',
    code: 1,
    says: "ERROR: (ResourceNotFound) The Resource 'Microsoft.App/containerApps/app-missing' under resource group 'rg-apps' was not found. For more details",
  },
  { run: 'az containerapp list -g rg-apps --query "sort([].name)"', json: ['app-az', 'app-ref'] },
  {
    run: 'az containerapp list -o table --query "[].{Name:name,Location:location}"',
    prints: 'Name     Location\n-------  -----------\napp-az   West Europe\napp-ref  West Europe\n',
  },
  {
    run: 'az containerapp identity assign -n app-az -g rg-apps --system-assigned',
    json: {
      principalId: '00000000-0000-0000-0000-000000000000',
      tenantId: '00000000-0000-0000-0000-000000000000',
      type: 'SystemAssigned',
    },
  },
  {
    run: 'az containerapp identity assign -n app-az -g rg-apps --user-assigned id-apps',
    json: {
      principalId: '00000000-0000-0000-0000-000000000000',
      tenantId: '00000000-0000-0000-0000-000000000000',
      type: 'SystemAssigned, UserAssigned',
      userAssignedIdentities: {
        '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-apps/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-apps':
          { clientId: '00000000-0000-0000-0000-000000000000', principalId: '00000000-0000-0000-0000-000000000000' },
      },
    },
  },
  {
    run: 'az containerapp identity show -n app-az -g rg-apps --query type -o tsv',
    prints: 'SystemAssigned, UserAssigned\n',
  },
  {
    run: 'az containerapp identity remove -n app-az -g rg-apps --user-assigned id-apps --query type -o tsv',
    prints: 'SystemAssigned\n',
  },
  {
    run: 'az containerapp update -n app-az -g rg-apps --set-env-vars B=2 --query "properties.template.containers[0].env[].name"',
    json: ['A', 'B'],
  },
  {
    run: 'az containerapp update -n app-az -g rg-apps --remove-env-vars A --min-replicas 1 --max-replicas 3 --cpu 0.25 --memory 0.5Gi --query "properties.template.{env:containers[0].env[].name,scale:scale.[minReplicas,maxReplicas],resources:containers[0].resources.[cpu,memory]}"',
    json: { env: ['B'], resources: [0.25, '0.5Gi'], scale: [1, 3] },
  },
  {
    run: 'az containerapp update -n app-az -g rg-apps --image docker.io/library/hello:2 --revision-suffix second --query "properties.{image:template.containers[0].image,latest:latestRevisionName}"',
    json: { image: 'docker.io/library/hello:2', latest: 'app-az--second' },
  },
  {
    run: 'az containerapp secret set -n app-az -g rg-apps --secrets plain=v1 other=v2',
    json: [{ name: 'plain' }, { name: 'other' }],
  },
  {
    run: 'az containerapp secret set -n app-az -g rg-apps --secrets db=keyvaultref:https://kv-az-apps.vault.azure.net/secrets/db,identityref:system --query "[?name==\'db\']"',
    json: [{ identity: 'system', keyVaultUrl: 'https://kv-az-apps.vault.azure.net/secrets/db', name: 'db' }],
  },
  {
    run: 'az containerapp update -n app-az -g rg-apps --set-env-vars C=secretref:plain --query "properties.template.containers[0].env"',
    json: [{ name: 'B' }, { name: 'C', secretRef: 'plain' }],
  },
  {
    run: 'az containerapp secret list -n app-az -g rg-apps',
    json: [
      { name: 'plain' },
      { name: 'other' },
      { identity: 'system', keyVaultUrl: 'https://kv-az-apps.vault.azure.net/secrets/db', name: 'db' },
    ],
  },
  {
    run: 'az containerapp secret list -n app-az -g rg-apps --show-values --query "[].{name:name,value:value}" -o table',
    prints: 'Name    Value\n------  -------\nplain   v1\nother   v2\ndb\n',
  },
  { run: 'az containerapp secret show -n app-az -g rg-apps --secret-name plain', json: { name: 'plain', value: 'v1' } },
  {
    run: 'az containerapp secret show -n app-az -g rg-apps --secret-name missing',
    code: 1,
    says: 'ERROR: The containerapp app-az does not have a secret assigned with name missing.',
  },
  {
    run: 'az containerapp secret remove -n app-az -g rg-apps --secret-names other',
    json: [
      { name: 'plain' },
      { identity: 'system', keyVaultUrl: 'https://kv-az-apps.vault.azure.net/secrets/db', name: 'db' },
    ],
  },
  {
    run: 'az containerapp secret remove -n app-az -g rg-apps --secret-names plain',
    code: 1,
    says: "ERROR: (ContainerAppSecretInvalid) Invalid Request: Container app secret(s) with name(s) 'plain' cannot be removed: active revision(s) 'app-az--0000000' refer to them.",
  },
  {
    run: 'az containerapp revision list -n app-az -g rg-apps --all --query "[].{active:properties.active,state:properties.provisioningState}"',
    json: [
      { active: true, state: 'Provisioned' },
      { active: false, state: 'Deprovisioned' },
      { active: false, state: 'Deprovisioned' },
      { active: false, state: 'Deprovisioned' },
      { active: false, state: 'Deprovisioned' },
    ],
  },
  {
    run: 'az containerapp revision list -n app-az -g rg-apps -o table --query "[].{Name:name,Active:properties.active,Replicas:properties.replicas}"',
    prints:
      'Name             Active    Replicas\n---------------  --------  ----------\napp-az--0000000  True      0\n',
  },
  {
    run: 'az containerapp revision show -n app-az -g rg-apps --revision app-az--second --query "{name:name,active:properties.active}"',
    json: { active: false, name: 'app-az--second' },
  },
  {
    run: 'az containerapp revision restart -n app-az -g rg-apps --revision "$(az containerapp show -n app-az -g rg-apps --query properties.latestRevisionName -o tsv)"',
    prints: '"Revision \'app-az--0000000\' has no replicas to restart."\n',
  },
  { run: 'az containerapp revision set-mode -n app-az -g rg-apps --mode multiple', json: 'Multiple' },
  {
    run: 'az containerapp revision activate -n app-az -g rg-apps --revision app-az--second',
    json: "Revision 'app-az--second' is active.",
  },
  {
    run: 'az containerapp revision deactivate -n app-az -g rg-apps --revision app-az--second',
    json: "Revision 'app-az--second' is inactive.",
  },
  {
    run: 'az containerapp revision copy -n app-az -g rg-apps --from-revision app-az--second --revision-suffix third --query properties.latestRevisionName -o tsv',
    prints: 'app-az--third\n',
  },
  { run: 'az containerapp replica list -n app-az -g rg-apps', json: [] },
  {
    run: 'az containerapp logs show -n app-az -g rg-apps',
    code: 3,
    says: 'ERROR: Could not find a replica for this app',
  },
  {
    run: 'az containerapp exec -n app-az -g rg-apps --command sh',
    code: 3,
    says: 'ERROR: Could not find a replica for this app',
  },
  {
    run: 'az containerapp job list -g rg-apps',
    code: 1,
    says: "ERROR: (InvalidResourceType) The resource type 'jobs' could not be found in the namespace 'Microsoft.App'.",
  },
  {
    run: 'az containerapp env storage list -n env-az -g rg-apps',
    code: 1,
    says: "ERROR: (InvalidResourceType) The resource type 'managedEnvironments' could not be found in the namespace 'Microsoft.App'.",
  },
  {
    run: 'az containerapp show-custom-domain-verification-id',
    code: 1,
    says: "ERROR: (InvalidResourceType) The resource type 'getCustomDomainVerificationId' could not be found in the namespace 'Microsoft.App'.",
  },
  {
    run: 'az containerapp ingress show -n app-az -g rg-apps --query "{external:external,port:targetPort}"',
    json: { external: true, port: 80 },
  },
  { run: 'az containerapp ingress update -n app-az -g rg-apps --target-port 8080 --query targetPort', json: 8080 },
  { run: 'az containerapp ingress disable -n app-az -g rg-apps' },
  {
    run: 'az containerapp ingress enable -n app-az -g rg-apps --type internal --target-port 81 --query "{external:external,port:targetPort}"',
    json: { external: false, port: 81 },
  },
  { run: 'az containerapp ingress traffic show -n app-az -g rg-apps', json: [{ latestRevision: true, weight: 100 }] },
  { run: 'az containerapp up -n app-up -g rg-apps --environment env-az --image docker.io/library/hello:1' },
  { run: 'az containerapp delete -n app-az -g rg-apps -y' },
  { run: 'az containerapp delete -n app-missing -g rg-apps -y' },
  {
    run: 'az containerapp env delete -n env-az -g rg-apps -y',
    code: 1,
    says: 'ERROR: (ManagedEnvironmentHasContainerApps) The specified environment env-az cannot be deleted because it still contains 2 ContainerApps.',
  },
  { run: 'az containerapp delete -n app-ref -g rg-apps -y' },
  { run: 'az containerapp delete -n app-up -g rg-apps -y' },
  { run: 'az containerapp env delete -n env-az -g rg-apps -y' },
  { run: 'az containerapp list --query "[].name"', json: [] },
]
