import type { Command, CommandArguments, CommandOption } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { type JsonRecord, recordAt, recordsAt, textAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'
import { isPolicyOf, principalOption, readVault, refuseRoleVault, vaultOptions, writeVault } from '../vault-command.ts'
import { policyPrincipalOptions } from '../vault-policy-options.ts'

const kinds = ['key', 'secret', 'certificate', 'storage'] as const
const memberNames = { key: 'keys', secret: 'secrets', certificate: 'certificates', storage: 'storage' } as const

export const keyvaultSetPolicy: Command = {
  path: 'keyvault set-policy',
  summary: 'Give a principal permissions in a vault with access policies; kinds that are not given stay as they are.',
  options: [
    ...vaultOptions,
    ...policyPrincipalOptions,
    ...kinds.map(
      (kind): CommandOption => ({
        name: `--${kind}-permissions`,
        takes: 'any-list',
        summary: `Permissions for ${memberNames[kind]}: all, get, list, set, delete, ...`,
        placeholder: 'PERM',
      }),
    ),
    noWaitOption,
  ],
  async run(context) {
    const given = context.arguments
    const permissions = permissionsOf(given)
    const server = await context.server()
    const objectId = await principalOption(server, given)
    const { path, vault } = await readVault(server, given)
    refuseRoleVault(vault, 'set')
    const properties = recordAt(vault, 'properties')
    const policies = [...recordsAt(properties, 'accessPolicies')]
    const applicationId = given.text('application-id') ?? ''
    const tenantId = textAt(properties, 'tenantId')
    const at = policies.findIndex((policy) => isPolicyOf(policy, { tenantId, objectId, applicationId }))
    const former = policies[at]
    const changed: JsonRecord = {
      ...(former ?? { tenantId, objectId, ...(applicationId === '' ? {} : { applicationId }) }),
      permissions: { ...recordAt(former, 'permissions'), ...permissions },
    }
    if (former === undefined) policies.push(changed)
    else policies[at] = changed
    return writeVault(server, given, {
      path,
      vault: { ...vault, properties: { ...properties, accessPolicies: policies } },
    })
  },
}

function permissionsOf(given: CommandArguments): Readonly<Record<string, readonly string[]>> {
  const named = kinds.flatMap((kind) => {
    const words = given.list(`${kind}-permissions`)
    return words === undefined ? [] : [[memberNames[kind], [...new Set(words)]] as const]
  })
  if (named.length === 0)
    throw new CommandError(
      'specify at least one: --key-permissions, --secret-permissions, --certificate-permissions --storage-permissions',
      2,
    )
  return Object.fromEntries(named)
}
