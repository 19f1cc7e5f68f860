import { readFileSync } from 'node:fs'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { nameOption, tagsOption } from '../named-options.ts'
import { attributesOf, secretAttributeOptions } from '../secret-attributes.ts'
import { sendToVault } from '../secret-command.ts'
import { encodeSecret, secretEncodings } from '../secret-encoding.ts'
import { viewSecret } from '../secret-view.ts'
import { parseTags } from '../tags.ts'

export const keyvaultSecretSet: Command = {
  path: 'keyvault secret set',
  summary: 'Create a secret, or a new version of it.',
  options: [
    { name: '--vault-name', required: true, summary: 'Name of the vault.' },
    nameOption('Name of the secret.'),
    {
      name: '--value',
      summary: 'The value. Other users of this machine can see it in the process list; prefer --file /dev/stdin.',
    },
    { name: '--file', aliases: ['-f'], summary: 'A file that holds the value; /dev/stdin reads it from the input.' },
    {
      name: '--encoding',
      aliases: ['-e'],
      values: secretEncodings,
      summary: 'How the file becomes the value: as text (utf-8, default), or in base64 or hex.',
    },
    {
      name: '--content-type',
      aliases: ['--description'],
      summary: 'What the value is, in words of your own.',
    },
    { name: '--disabled', takes: 'boolean', summary: 'Create it disabled.' },
    ...secretAttributeOptions,
    tagsOption,
  ],
  async run(context) {
    const given = context.arguments
    const disabled = given.boolean('disabled')
    const attributes = attributesOf(given, disabled === undefined ? undefined : !disabled)
    const contentType = given.text('content-type')
    const { value, encoding } = readValue(context)
    const answer = await sendToVault(context, given.required('vault-name'), {
      method: 'PUT',
      path: `/secrets/${encodeURIComponent(given.required('name'))}`,
      body: {
        value,
        tags: { ...parseTags(given.list('tags')), 'file-encoding': encoding },
        ...(contentType === undefined ? {} : { contentType }),
        ...(attributes === undefined ? {} : { attributes }),
      },
    })
    return viewSecret(answer)
  },
}

function readValue(context: CommandContext): { readonly value: string; readonly encoding: string } {
  const given = context.arguments
  const literal = given.text('value') ?? ''
  const file = given.text('file') ?? ''
  if ((literal === '') === (file === ''))
    throw new CommandError('incorrect usage: [Required] --value VALUE | --file PATH', 1)
  const encoding = given.text('encoding') ?? 'utf-8'
  if (literal !== '') {
    context.warn('a value in the arguments can be seen in the process list. Use --file /dev/stdin.')
    return { value: literal, encoding }
  }
  return { value: encodeSecret(readFileSync(file === '/dev/stdin' ? 0 : file), encoding), encoding }
}
