import type { Step } from './step.ts'

/** Diagnostic settings, the activity log and workspaces. */
export const monitorSteps: readonly Step[] = [
  { run: 'az group create -n rg-monitor -l westeurope -o none' },
  { run: 'az keyvault create -n kv-az-monitor -g rg-monitor -o none' },
  {
    run: 'export VAULT=$(az keyvault show -n kv-az-monitor --query id -o tsv) SINK=/subscriptions/$(az account show --query id -o tsv)/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/records',
  },
  {
    run: 'az monitor diagnostic-settings categories list --resource "$VAULT" --query "value[].name"',
    json: ['AuditEvent'],
  },
  {
    run: 'az monitor diagnostic-settings categories show -n AuditEvent --resource "$VAULT" --query categoryType',
    json: 'Logs',
  },
  {
    run: 'az monitor diagnostic-settings create -n audit --resource "$VAULT" --workspace "$SINK" --logs "[{categoryGroup:audit,enabled:true}]" --query "{name:name,logs:logs[].[categoryGroup,enabled],workspaceId:workspaceId}"',
    json: {
      logs: [['audit', true]],
      name: 'audit',
      workspaceId:
        '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/records',
    },
  },
  {
    run: 'az monitor diagnostic-settings create -n nowhere --resource "$VAULT" --workspace "$SINK-other" --logs "[{categoryGroup:audit,enabled:true}]"',
    code: 1,
    says: "ERROR: (DestinationNotFound) The destination 'records-other' is not an audit sink of this server. The operator names sinks with --audit-sink.",
  },
  { run: 'az monitor diagnostic-settings list --resource "$VAULT" --query "[].name"', json: ['audit'] },
  {
    run: 'az monitor diagnostic-settings show -n audit --resource "$VAULT" --query "logs[0].categoryGroup"',
    json: 'audit',
  },
  {
    run: 'az monitor diagnostic-settings update -n audit --resource "$VAULT" --logs "[{category:AuditEvent,enabled:true}]" --query "logs[].category"',
    json: ['AuditEvent'],
  },
  { run: 'az monitor diagnostic-settings delete -n audit --resource "$VAULT"' },
  {
    run: 'az monitor diagnostic-settings show -n audit --resource "$VAULT"',
    code: 3,
    says: "ERROR: (ResourceNotFound) The Resource 'Microsoft.KeyVault/vaults/kv-az-monitor/providers/Microsoft.Insights/diagnosticSettings/audit' under resource",
  },
  {
    run: 'az monitor activity-log list -g rg-monitor --max-events 2 --query "[].[operationName.value,status.value,caller]"',
    json: [
      ['Microsoft.Insights/diagnosticSettings/delete', 'Succeeded', 'operator@strongroom.local'],
      ['Microsoft.Insights/diagnosticSettings/write', 'Succeeded', 'operator@strongroom.local'],
    ],
  },
  {
    run: 'az monitor activity-log list-categories --query "length(@)"',
    code: 3,
    says: "ERROR: (InvalidResourceType) The resource type 'eventcategories' could not be found in the namespace 'Microsoft.Insights'.",
  },
  {
    run: 'az monitor log-analytics workspace create -n logs-az -g rg-monitor --query "{name:name,state:provisioningState}"',
    json: { name: 'logs-az', state: 'Succeeded' },
  },
  {
    run: 'az monitor log-analytics workspace show -n logs-az -g rg-monitor --query location -o tsv',
    prints: 'West Europe\n',
  },
  { run: 'az monitor log-analytics workspace list -g rg-monitor --query "[].name" -o tsv', prints: 'logs-az\n' },
  {
    run: 'az monitor log-analytics workspace get-shared-keys -n logs-az -g rg-monitor --query "keys(@)"',
    json: ['primarySharedKey', 'secondarySharedKey'],
  },
  { run: 'az monitor log-analytics workspace delete -n logs-az -g rg-monitor -y' },
  {
    run: 'az monitor metrics list --resource "$VAULT"',
    code: 3,
    says: "ERROR: (InvalidResourceType) The resource type 'metrics' could not be found in the namespace 'Microsoft.Insights'.",
  },
]
