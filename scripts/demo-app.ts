/**
 * The program of the demo: it reads one secret each time a line arrives on its input, with the official SDK and nothing but its
 * identity. There is no stored secret in its environment, and nothing in it knows Strongroom.
 */
import { createInterface } from 'node:readline'
import { DefaultAzureCredential } from '@azure/identity'
import { SecretClient } from '@azure/keyvault-secrets'

const client = new SecretClient(process.env['KEY_VAULT_URL'] ?? '', new DefaultAzureCredential(), {
  retryOptions: { maxRetries: 0 },
})

for await (const name of createInterface({ input: process.stdin })) {
  try {
    const secret = await client.getSecret(name)
    console.log(JSON.stringify({ value: secret.value, version: secret.properties.version }))
  } catch (failure) {
    console.log(JSON.stringify({ error: failure instanceof Error ? failure.message : String(failure) }))
  }
}
