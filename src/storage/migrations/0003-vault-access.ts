import type { Migration, SqlDialect } from './migration.ts'

/** Vaults that were there before were open to every address and went by roles: their settings say so from now on. */
export const vaultAccess: Migration = {
  version: 3,
  name: 'vault-access',
  statements: (dialect) => [sayHowVaultsAreReached(dialect)],
}

const asBefore = JSON.stringify({
  networkDefaultAction: 'Allow',
  ipRules: [],
  virtualNetworkRules: [],
  publicNetworkAccess: 'Enabled',
  privateEndpointConnections: [],
  rbacAuthorization: true,
  accessPolicies: [],
})

function sayHowVaultsAreReached({ engine }: SqlDialect): string {
  return engine === 'postgres'
    ? `UPDATE vault SET properties_json = (properties_json::jsonb || '${asBefore}'::jsonb)::text`
    : `UPDATE vault SET properties_json = json_patch(properties_json, '${asBefore}')`
}
