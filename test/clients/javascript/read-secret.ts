/** Reads one secret as any program on Azure does, retries off. */
import { DefaultAzureCredential } from '@azure/identity'
import { SecretClient } from '@azure/keyvault-secrets'

const url = process.argv[2] ?? process.env['KEY_VAULT_URL'] ?? ''
const client = new SecretClient(url, new DefaultAzureCredential(), { retryOptions: { maxRetries: 0 } })
try {
  const secret = await client.getSecret('api-base-url')
  console.log(secret.value)
} catch (failure) {
  console.error(failure)
  process.exitCode = 1
}
