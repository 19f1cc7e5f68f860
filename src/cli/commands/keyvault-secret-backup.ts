import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { answerIn } from '../client/service-answer.ts'
import type { Command } from '../command.ts'
import { secretPath, sendToVault } from '../secret-command.ts'
import { locateSecret, secretLocationOptions } from '../secret-location.ts'

export const keyvaultSecretBackup: Command = {
  path: 'keyvault secret backup',
  summary: 'Write all versions of a secret, sealed, into a file that only this server can restore.',
  options: [
    ...secretLocationOptions,
    { name: '--file', aliases: ['-f'], required: true, summary: 'The file to write.' },
  ],
  async run(context) {
    const secret = locateSecret(context.arguments)
    const answer = await sendToVault(context, secret.vault, { method: 'POST', path: `${secretPath(secret)}/backup` })
    const { value } = answerIn(z.object({ value: z.string() }), answer)
    writeFileSync(context.arguments.required('file'), Buffer.from(value, 'base64url'), { mode: 0o600 })
  },
}
