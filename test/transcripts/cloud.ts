import type { Step } from './step.ts'

/**
 * An installation under its own names, without a session and without a proxy: `$ROBOT` and `$SECRET` are an application and its
 * secret, `$TENANT` is its tenant, and `cloud.json` is what `cloud-profile` prints. `PORT` stands for the server's port.
 */
export const cloudSteps: readonly Step[] = [
  { run: 'az cloud register -n Strongroom --cloud-config @cloud.json' },
  { run: 'az cloud set -n Strongroom', says: "WARNING: Switched active cloud to 'Strongroom'." },
  {
    run: 'az cloud show --query "{name:name,suffix:suffixes.keyvaultDns}"',
    json: { name: 'Strongroom', suffix: '.vault.localhost:PORT' },
  },
  {
    run: 'az login --service-principal -u "$ROBOT" -p "$SECRET" --tenant "$TENANT" --query "[].[cloudName,name,user.type]" -o tsv',
    prints: 'Strongroom\tStrongroom\tservicePrincipal\n',
  },
  { run: 'az group create -n rg-own -l westeurope --query name -o tsv', prints: 'rg-own\n' },
  {
    run: 'az keyvault create -n kv-own -g rg-own --query properties.vaultUri -o tsv',
    prints: 'https://kv-own.vault.localhost:PORT/\n',
  },
  {
    run: 'az role assignment create --role "Key Vault Secrets Officer" --assignee "$ROBOT" --scope "$(az group show -n rg-own --query id -o tsv)" --query principalType -o tsv',
    prints: 'ServicePrincipal\n',
  },
  { run: 'az ad sp show --id "$ROBOT" --query displayName -o tsv', prints: 'robot\n' },
  {
    run: 'az keyvault secret set --vault-name kv-own -n own-name --value "by its own name" --query id -o tsv',
    prints: 'https://kv-own.vault.localhost:PORT/secrets/own-name/00000000000000000000000000000000\n',
  },
  {
    run: 'az keyvault secret show --vault-name kv-own -n own-name --query value -o tsv',
    prints: 'by its own name\n',
  },
  { run: 'az account get-access-token --query tokenType -o tsv', prints: 'Bearer\n' },
  { run: 'az logout' },
  { run: 'az cloud set -n AzureCloud', says: "WARNING: Switched active cloud to 'AzureCloud'." },
  { run: 'az cloud unregister -n Strongroom' },
]
