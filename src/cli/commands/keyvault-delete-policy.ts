import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { recordAt, recordsAt, textAt } from '../json-object.ts'
import { noWaitOption } from '../named-options.ts'
import { isPolicyOf, principalOption, readVault, refuseRoleVault, vaultOptions, writeVault } from '../vault-command.ts'
import { policyPrincipalOptions } from '../vault-policy-options.ts'

export const keyvaultDeletePolicy: Command = {
  path: 'keyvault delete-policy',
  summary: "Take away a principal's permissions in a vault with access policies.",
  options: [...vaultOptions, ...policyPrincipalOptions, noWaitOption],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const objectId = await principalOption(server, given)
    const { path, vault } = await readVault(server, given)
    refuseRoleVault(vault, 'delete')
    const properties = recordAt(vault, 'properties')
    const policies = recordsAt(properties, 'accessPolicies')
    const of = { tenantId: textAt(properties, 'tenantId'), objectId, applicationId: given.text('application-id') ?? '' }
    const accessPolicies = policies.filter((policy) => !isPolicyOf(policy, of))
    if (accessPolicies.length === policies.length) throw new CommandError('No matching policies found', 1)
    return writeVault(server, given, { path, vault: { ...vault, properties: { ...properties, accessPolicies } } })
  },
}
