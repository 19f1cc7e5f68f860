import { readFileSync } from 'node:fs'
import { secretsApiVersion } from '../api-versions.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { booleanOption, timeOption } from '../option-values.ts'
import { viewSecret } from '../secret-view.ts'
import { parseTags } from '../tags.ts'

export const keyvaultSecretSet: Command = {
  path: 'keyvault secret set',
  summary: 'Create a secret, or a new version of it.',
  options: [
    { name: '--vault-name', required: true, summary: 'Name of the vault.' },
    { name: '--name', aliases: ['-n'], required: true, summary: 'Name of the secret.' },
    {
      name: '--value',
      summary: 'The value. Other users of this machine can see it in the process list; prefer --file /dev/stdin.',
    },
    { name: '--file', aliases: ['-f'], summary: 'A file that holds the value; /dev/stdin reads it from the input.' },
    { name: '--encoding', aliases: ['-e'], summary: 'How the file is stored: utf-8 (default) or base64.' },
    { name: '--content-type', summary: 'What the value is, in words of your own.' },
    { name: '--description', summary: 'The same as --content-type.' },
    { name: '--disabled', summary: 'Create it disabled.', placeholder: 'true|false' },
    { name: '--expires', summary: 'Expiry, UTC (2030-01-01T00:00:00Z).' },
    { name: '--not-before', summary: 'Start of validity, UTC.' },
    { name: '--tags', takes: 'list', summary: 'Tags: key=value ...' },
  ],
  async run(context) {
    const given = context.arguments
    const { value, encoding } = readValue(context)
    const disabled = booleanOption(given.text('disabled'), 'disabled')
    const expires = timeOption(given.text('expires'), 'expires')
    const notBefore = timeOption(given.text('not-before'), 'not-before')
    const contentType = given.text('content-type') ?? given.text('description')
    const attributes = {
      ...(disabled === undefined ? {} : { enabled: !disabled }),
      ...(notBefore === undefined ? {} : { nbf: notBefore }),
      ...(expires === undefined ? {} : { exp: expires }),
    }
    const server = await context.server()
    const answer = await server.vault(given.required('vault-name'), {
      method: 'PUT',
      path: `/secrets/${encodeURIComponent(given.required('name'))}`,
      query: { 'api-version': secretsApiVersion },
      body: {
        value,
        tags: { ...parseTags(given.list('tags')), 'file-encoding': encoding },
        ...(contentType === undefined ? {} : { contentType }),
        ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      },
    })
    return viewSecret(answer.body)
  },
}

function readValue(context: CommandContext): { readonly value: string; readonly encoding: string } {
  const given = context.arguments
  const literal = given.text('value')
  const file = given.text('file')
  if ((literal === undefined) === (file === undefined))
    throw new CommandError('Give the value with either --value or --file.', 2)
  if (literal !== undefined) {
    if (!given.flag('only-show-errors'))
      context.note('WARNING: a value in the arguments can be seen in the process list. Use --file /dev/stdin.')
    return { value: literal, encoding: 'utf-8' }
  }
  const encoding = given.text('encoding') ?? 'utf-8'
  const bytes = readFileSync(file === '/dev/stdin' ? 0 : (file ?? ''))
  if (encoding === 'base64') return { value: bytes.toString('base64'), encoding }
  if (encoding !== 'utf-8') throw new CommandError("--encoding takes 'utf-8' or 'base64'.", 2)
  try {
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding }
  } catch (cause) {
    throw new CommandError('The file is not UTF-8 text. Use --encoding base64.', 2, { cause })
  }
}
