import { keyVaultApiVersion } from './api-versions.ts'
import type { ServerClient, ServerRequest } from './client/server-client.ts'
import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import { type JsonRecord, memberAt, recordAt, textAt } from './json-object.ts'
import { nameOption, noWaitOption, someGroupOption } from './named-options.ts'
import { findServicePrincipalId, findUserId } from './principals.ts'
import { writeResource } from './resource-command.ts'
import { partsOfResourceId } from './resource-paths.ts'
import { vaultResourcePath } from './vault-lookup.ts'
import { vaultShape } from './views/resource-shapes.ts'
import { showAs } from './views/shape.ts'

export const vaultQuery = { 'api-version': keyVaultApiVersion } as const

/** The options by which commands name a vault; its group is looked up when it is not given. */
export const vaultOptions: readonly CommandOption[] = [nameOption('Name of the vault.'), someGroupOption]

/** Options of commands that write a vault's settings. */
export const vaultSettingOptions: readonly CommandOption[] = [
  { name: '--enabled-for-deployment', takes: 'boolean', summary: 'Kept, without effect here.' },
  { name: '--enabled-for-disk-encryption', takes: 'boolean', summary: 'Kept, without effect here.' },
  { name: '--enabled-for-template-deployment', takes: 'boolean', summary: 'Kept, without effect here.' },
  {
    name: '--enable-rbac-authorization',
    takes: 'boolean',
    summary: 'true (default): roles decide over secrets; false: access policies.',
  },
  {
    name: '--enable-purge-protection',
    takes: 'boolean',
    summary: 'true: nobody can purge before the retention ends. Cannot be undone.',
  },
  { name: '--retention-days', summary: 'Days a deleted vault or secret can be recovered, 7 to 90 (default 90).' },
  {
    name: '--public-network-access',
    values: ['Enabled', 'Disabled', 'SecuredByPerimeter'],
    summary: 'Whether the vault answers outside private endpoints.',
  },
  {
    name: '--bypass',
    values: ['AzureServices', 'None'],
    summary: 'Who passes the network rules.',
  },
  { name: '--default-action', values: ['Allow', 'Deny'], summary: 'What happens to addresses that no rule names.' },
  noWaitOption,
]

/** The vault that `--name` and `--resource-group` name, and where it lies. */
export async function readVault(
  server: ServerClient,
  given: CommandArguments,
): Promise<{ readonly path: string; readonly vault: JsonRecord }> {
  const path = await vaultResourcePath(server, given.required('name'), given.text('resource-group'))
  return { path, vault: recordAt((await server.management({ method: 'GET', path, query: vaultQuery })).body) }
}

/** Writes a vault's location, tags and properties, and shows it as it then is. */
export async function writeVault(
  server: ServerClient,
  given: CommandArguments,
  written: { readonly path: string; readonly vault: JsonRecord },
): Promise<unknown> {
  const { location, tags, properties } = written.vault
  const body = { location, ...(tags === undefined ? {} : { tags }), properties }
  return showAs(
    vaultShape,
    await writeResource(server, given, { method: 'PUT', path: written.path, query: vaultQuery, body }),
  )
}

export interface DeletedVault {
  readonly name: string
  readonly location: string
  readonly group: string
  readonly body: unknown
}

/**
 * The deleted vault that `--name` names; with `--location` it is asked for there. Throws `CommandError` (1) when there is none,
 * or when `--resource-group` is not the one it was in.
 */
export async function findDeletedVault(server: ServerClient, given: CommandArguments): Promise<DeletedVault> {
  const name = given.required('name')
  const location = given.text('location')
  const scope = `/subscriptions/${server.server.subscriptionId}/providers/Microsoft.KeyVault`
  const body =
    location === undefined
      ? (await server.list('management', deletedVaultsRequest(scope))).find(
          (item) => textAt(item, 'name').toLowerCase() === name.toLowerCase(),
        )
      : (await server.management({ method: 'GET', path: deletedVaultPath(scope, location, name), query: vaultQuery }))
          .body
  if (body === undefined) throw new CommandError(`No deleted Vault or HSM was found with name ${name}`, 1)
  const { group } = partsOfResourceId(textAt(body, 'properties', 'vaultId'))
  const wanted = given.text('resource-group')
  if (wanted !== undefined && wanted !== group)
    throw new CommandError(
      `The specified resource group does not match that of the deleted vault or hsm ${name}. The vault or hsm must be recovered to the original resource group ${group}.`,
      1,
    )
  return { name, location: location ?? textAt(body, 'properties', 'location'), group, body }
}

export function deletedVaultsRequest(scope: string): ServerRequest {
  return { method: 'GET', path: `${scope}/deletedVaults`, query: vaultQuery }
}

export function deletedVaultPath(scope: string, location: string, name: string): string {
  return `${scope}/locations/${encodeURIComponent(location)}/deletedVaults/${encodeURIComponent(name)}`
}

/** The object id that `--object-id`, `--spn` or `--upn` names. Throws `CommandError`: 2 unless one of them is given, 1 for nobody. */
export async function principalOption(server: ServerClient, given: CommandArguments): Promise<string> {
  const named = (name: string) => given.text(name) || undefined
  const [objectId, spn, upn] = [named('object-id'), named('spn'), named('upn')]
  if ([objectId, spn, upn].filter((value) => value !== undefined).length !== 1)
    throw new CommandError('specify exactly one: --object-id, --spn, --upn', 2)
  if (objectId !== undefined) return objectId
  const id = spn === undefined ? await findUserId(server, upn ?? '') : await findServicePrincipalId(server, spn)
  if (id === undefined) throw new CommandError('Unable to get object id from principal name.', 1)
  return id
}

/** Refuses access policies at a vault whose roles decide. */
export function refuseRoleVault(vault: JsonRecord, verb: 'set' | 'delete'): void {
  if (memberAt(vault, 'properties', 'enableRbacAuthorization') === true)
    throw new CommandError(`Cannot ${verb} policies to a vault with '--enable-rbac-authorization' specified`, 1)
}

/** Whether an access policy is for this principal, application and tenant. */
export function isPolicyOf(
  policy: JsonRecord,
  of: { readonly tenantId: string; readonly objectId: string; readonly applicationId: string },
): boolean {
  const same = (name: string, value: string): boolean => textAt(policy, name).toLowerCase() === value.toLowerCase()
  return same('tenantId', of.tenantId) && same('objectId', of.objectId) && same('applicationId', of.applicationId)
}
