import type { Command, CommandArguments } from '../command.ts'
import { applyGenericUpdate, genericUpdateOptions } from '../generic-update.ts'
import { type JsonRecord, recordAt } from '../json-object.ts'
import { wholeNumberOption } from '../option-values.ts'
import { readVault, vaultOptions, vaultSettingOptions, writeVault } from '../vault-command.ts'

export const keyvaultUpdate: Command = {
  path: 'keyvault update',
  summary: 'Change the settings of a vault.',
  options: [...vaultOptions, ...vaultSettingOptions, ...genericUpdateOptions],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const { path, vault } = await readVault(server, given)
    const properties = recordAt(vault, 'properties')
    Object.assign(properties, settingsOf(given))
    if (given.text('bypass') !== undefined || given.text('default-action') !== undefined)
      properties['networkAcls'] = networkAclsOf(properties, given)
    return writeVault(server, given, { path, vault: applyGenericUpdate({ ...vault, properties }, given) })
  },
}

function settingsOf(given: CommandArguments): JsonRecord {
  const named = {
    enabledForDeployment: given.boolean('enabled-for-deployment'),
    enabledForDiskEncryption: given.boolean('enabled-for-disk-encryption'),
    enabledForTemplateDeployment: given.boolean('enabled-for-template-deployment'),
    enableRbacAuthorization: given.boolean('enable-rbac-authorization'),
    enablePurgeProtection: given.boolean('enable-purge-protection'),
    softDeleteRetentionInDays: wholeNumberOption(given.text('retention-days'), 'retention-days'),
    publicNetworkAccess: given.text('public-network-access'),
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

function networkAclsOf(properties: JsonRecord, given: CommandArguments): JsonRecord {
  const acls = recordAt(properties, 'networkAcls')
  const bypass = given.text('bypass')
  const defaultAction = given.text('default-action')
  return {
    ...acls,
    ...(bypass === undefined ? {} : { bypass }),
    ...(defaultAction === undefined ? {} : { defaultAction }),
  }
}
