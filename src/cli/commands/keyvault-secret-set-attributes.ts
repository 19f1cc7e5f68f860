import { tagsOption } from '../named-options.ts'
import { attributesOf, secretAttributeOptions } from '../secret-attributes.ts'
import { defineSecretCommand, secretVersionPath } from '../secret-command.ts'
import { secretVersionOption } from '../secret-location.ts'
import { viewSecret } from '../secret-view.ts'
import { parseTags } from '../tags.ts'

export const keyvaultSecretSetAttributes = defineSecretCommand({
  path: 'keyvault secret set-attributes',
  summary: 'Change the attributes of a secret; its value stays.',
  options: [
    secretVersionOption,
    { name: '--content-type', summary: 'What the value is, in words of your own.' },
    { name: '--enabled', takes: 'boolean', summary: 'Whether the secret can be read.' },
    ...secretAttributeOptions,
    tagsOption,
  ],
  method: 'PATCH',
  pathOf: secretVersionPath,
  bodyOf: ({ arguments: given }) => {
    const attributes = attributesOf(given, given.boolean('enabled'))
    const contentType = given.text('content-type')
    const tags = parseTags(given.list('tags'))
    return {
      ...(contentType === undefined ? {} : { contentType }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(tags === undefined ? {} : { tags }),
    }
  },
  show: viewSecret,
})
