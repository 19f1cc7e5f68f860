import { defineOperationResult, type ResultRoute } from '../../operation-result.ts'
import { deletedVaultsSince } from './deleted-vault-wire.ts'

/** Where the outcome of a purge is asked for. */
export const vaultResults: ResultRoute = {
  id: 'Vaults_GetOperationResult',
  path: '/subscriptions/{subscriptionId}/providers/Microsoft.KeyVault/locations/{location}/operationResults/{operationId}',
  since: deletedVaultsSince,
  action: 'Microsoft.KeyVault/locations/operationResults/read',
}

export const getVaultOperationResult = defineOperationResult(vaultResults)
