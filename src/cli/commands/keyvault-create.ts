import { keyVaultApiVersion, vaultType } from '../api-versions.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { groupLocation } from '../group-location.ts'
import { booleanOption, wholeNumberOption } from '../option-values.ts'
import { resourcePath } from '../resource-paths.ts'
import { parseTags } from '../tags.ts'

export const keyvaultCreate: Command = {
  path: 'keyvault create',
  summary: 'Create a vault.',
  options: [
    {
      name: '--name',
      aliases: ['-n'],
      required: true,
      summary: 'Name of the vault: 3 to 24 letters, digits and hyphens.',
    },
    { name: '--resource-group', aliases: ['-g'], required: true, summary: 'Name of the resource group.' },
    { name: '--location', aliases: ['-l'], summary: "Location (default: the resource group's)." },
    { name: '--retention-days', summary: 'Days a deleted vault or secret can be recovered, 7 to 90 (default 90).' },
    {
      name: '--enable-purge-protection',
      summary: 'true: nobody can purge before the retention ends. Cannot be undone.',
      placeholder: 'true|false',
    },
    {
      name: '--enable-rbac-authorization',
      summary: 'true (default): roles decide over secrets.',
      placeholder: 'true|false',
    },
    { name: '--sku', summary: 'standard (default) or premium.' },
    { name: '--tags', takes: 'list', summary: 'Tags: key=value ...' },
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const { subscriptionId, tenantId } = server.server
    const group = given.required('resource-group')
    const name = given.required('name')
    const path = resourcePath(subscriptionId, group, vaultType, name)
    const existing = await server.management(
      { method: 'GET', path, query: { 'api-version': keyVaultApiVersion } },
      [404],
    )
    if (existing.status !== 404) throw new CommandError(`The specified vault: ${name} already exists`, 1)
    const location = given.text('location') ?? (await groupLocation(server, group))
    const tags = parseTags(given.list('tags'))
    const purgeProtection = booleanOption(given.text('enable-purge-protection'), 'enable-purge-protection')
    const answer = await server.management({
      method: 'PUT',
      path,
      query: { 'api-version': keyVaultApiVersion },
      body: {
        location,
        ...(tags === undefined ? {} : { tags }),
        properties: {
          tenantId,
          sku: { family: 'A', name: given.text('sku') ?? 'standard' },
          accessPolicies: [],
          enableRbacAuthorization:
            booleanOption(given.text('enable-rbac-authorization'), 'enable-rbac-authorization') ?? true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: wholeNumberOption(given.text('retention-days'), 'retention-days') ?? 90,
          networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' },
          ...(purgeProtection === true ? { enablePurgeProtection: true } : {}),
        },
      },
    })
    return answer.body
  },
}
