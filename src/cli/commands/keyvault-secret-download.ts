import { statSync, writeFileSync } from 'node:fs'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { textAt } from '../json-object.ts'
import { secretVersionPath, sendToVault } from '../secret-command.ts'
import { decodeSecret, secretEncodings } from '../secret-encoding.ts'
import { locateSecret, secretLocationOptions, secretVersionOption } from '../secret-location.ts'

export const keyvaultSecretDownload: Command = {
  path: 'keyvault secret download',
  summary: 'Write the value of a secret into a file.',
  options: [
    ...secretLocationOptions,
    secretVersionOption,
    { name: '--file', aliases: ['-f'], required: true, summary: 'The file to write.' },
    {
      name: '--encoding',
      aliases: ['-e'],
      values: secretEncodings,
      summary: "How the value becomes the file (default: what the tag 'file-encoding' says, else utf-8).",
    },
    { name: '--overwrite', takes: 'switch', summary: 'Write over a file that is there.' },
  ],
  async run(context) {
    const given = context.arguments
    const file = given.required('file')
    const secret = locateSecret(given)
    const there = statSync(file, { throwIfNoEntry: false })
    if (there?.isDirectory() === true) throw new CommandError(`Cannot write to '${file}': it is a directory.`, 1)
    if (there?.isFile() === true && !given.flag('overwrite'))
      throw new CommandError(`File '${file}' already exists. Use --overwrite to overwrite the existing file.`, 1)
    const answer = await sendToVault(context, secret.vault, { method: 'GET', path: secretVersionPath(secret) })
    const encoding = given.text('encoding') ?? (textAt(answer, 'tags', 'file-encoding') || 'utf-8')
    writeFileSync(file, decodeSecret(textAt(answer, 'value'), encoding), { mode: 0o600 })
  },
}
