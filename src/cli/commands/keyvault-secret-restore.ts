import { readFileSync } from 'node:fs'
import type { Command } from '../command.ts'
import { sendToVault } from '../secret-command.ts'
import { viewSecret } from '../secret-view.ts'

export const keyvaultSecretRestore: Command = {
  path: 'keyvault secret restore',
  summary: 'Bring back a secret with all its versions from a backup.',
  options: [
    { name: '--vault-name', required: true, summary: 'Name of the vault.' },
    { name: '--file', aliases: ['-f'], required: true, summary: 'The file that backup wrote.' },
  ],
  async run(context) {
    const given = context.arguments
    const value = readFileSync(given.required('file')).toString('base64url')
    const answer = await sendToVault(context, given.required('vault-name'), {
      method: 'POST',
      path: '/secrets/restore',
      body: { value },
    })
    return viewSecret(answer)
  },
}
