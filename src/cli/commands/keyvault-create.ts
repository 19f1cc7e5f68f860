import { vaultType } from '../api-versions.ts'
import type { ServerClient } from '../client/server-client.ts'
import type { Command, CommandArguments } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { groupLocation } from '../group-location.ts'
import { groupOption, locationOption, nameOption, tagsOption } from '../named-options.ts'
import { createNetworkAcls, networkAclsOptions } from '../network-acls.ts'
import { wholeNumberOption } from '../option-values.ts'
import { resourcePath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'
import { vaultQuery, vaultSettingOptions, writeVault } from '../vault-command.ts'

export const keyvaultCreate: Command = {
  path: 'keyvault create',
  summary: 'Create a vault.',
  options: [
    nameOption('Name of the vault: 3 to 24 letters, digits and hyphens.'),
    groupOption,
    { ...locationOption, summary: "Location (default: the resource group's)." },
    { name: '--sku', summary: 'standard (default) or premium.' },
    {
      name: '--no-self-perms',
      takes: 'boolean',
      summary: 'With access policies: give the caller none in the new vault.',
    },
    ...vaultSettingOptions,
    ...networkAclsOptions,
    tagsOption,
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const group = given.required('resource-group')
    const name = given.required('name')
    const path = resourcePath(server.server.subscriptionId, group, vaultType, name)
    const existing = await server.management({ method: 'GET', path, query: vaultQuery }, [404])
    if (existing.status !== 404) throw new CommandError(`The specified vault: ${name} already exists`, 1)
    const location = given.text('location') ?? (await groupLocation(server, group))
    const tags = parseTags(given.list('tags'))
    const properties = await propertiesOf(server, given)
    const vault = { location, properties, ...(tags === undefined ? {} : { tags }) }
    return writeVault(server, given, { path, vault })
  },
}

async function propertiesOf(server: ServerClient, given: CommandArguments): Promise<object> {
  const enableRbacAuthorization = given.boolean('enable-rbac-authorization') ?? true
  const publicNetworkAccess = given.text('public-network-access')
  return {
    tenantId: server.server.tenantId,
    sku: { family: 'A', name: given.text('sku') ?? 'standard' },
    accessPolicies:
      enableRbacAuthorization || given.boolean('no-self-perms') === true ? [] : [await everythingForCaller(server)],
    enableRbacAuthorization,
    enableSoftDelete: true,
    softDeleteRetentionInDays: wholeNumberOption(given.text('retention-days'), 'retention-days') ?? 90,
    networkAcls: createNetworkAcls(server, given),
    ...switchesOf(given),
    ...(publicNetworkAccess === undefined ? {} : { publicNetworkAccess }),
  }
}

/** az gives whoever makes a vault with access policies every permission in it. */
async function everythingForCaller(server: ServerClient): Promise<object> {
  const { objectId } = await server.signedInUser()
  const all = ['all']
  return {
    tenantId: server.server.tenantId,
    objectId,
    permissions: { keys: all, secrets: all, certificates: all, storage: all },
  }
}

function switchesOf(given: CommandArguments): Readonly<Record<string, boolean>> {
  const named = {
    enabledForDeployment: given.boolean('enabled-for-deployment'),
    enabledForDiskEncryption: given.boolean('enabled-for-disk-encryption'),
    enabledForTemplateDeployment: given.boolean('enabled-for-template-deployment'),
    enablePurgeProtection: given.boolean('enable-purge-protection'),
  }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )
}
