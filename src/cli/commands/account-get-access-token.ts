import { graphResource, managementResource, vaultResource } from '../client/server-client.ts'
import type { Command, CommandArguments } from '../command.ts'
import { CommandError } from '../command-error.ts'

const resourceTypes: Readonly<Record<string, string>> = {
  arm: managementResource,
  'ms-graph': graphResource,
  'aad-graph': graphResource,
  vault: vaultResource,
}

export const accountGetAccessToken: Command = {
  path: 'account get-access-token',
  summary: 'Print an access token for a resource (default: the resource manager).',
  options: [
    { name: '--resource', summary: 'The resource, such as https://vault.azure.net.' },
    { name: '--resource-type', values: Object.keys(resourceTypes), summary: 'The resource by kind.' },
    { name: '--scope', takes: 'list', summary: 'The resource as a scope: RESOURCE/.default.' },
    { name: '--tenant', aliases: ['-t'], summary: "The tenant; it must be the account's." },
  ],
  async run(context) {
    const given = context.arguments
    const server = await context.server()
    const tenant = given.text('tenant')
    if (tenant !== undefined && tenant !== server.server.tenantId)
      throw new CommandError(`The specified tenant must be the current tenant ${server.server.tenantId}`, 1)
    const token = await server.token(resourceOf(given))
    return {
      accessToken: token.text,
      expiresOn: localTime(token.expiresOnEpochSeconds),
      expires_on: token.expiresOnEpochSeconds,
      ...(tenant === undefined ? { subscription: server.server.subscriptionId } : {}),
      tenant: server.server.tenantId,
      tokenType: 'Bearer',
    }
  },
}

/** The resource that the options name; those that a sign-in has tokens for in the spelling that it has them in. */
function resourceOf(given: CommandArguments): string {
  const type = given.text('resource-type')
  const scope = given.list('scope')?.[0]?.replace(/\/\.default$/, '')
  const named = given.text('resource') ?? scope ?? (type === undefined ? undefined : resourceTypes[type])
  if (named === undefined) return managementResource
  const known = [managementResource, graphResource, vaultResource, 'https://management.azure.com']
  const bare = named.replace(/\/+$/, '').toLowerCase()
  const found = known.find((resource) => resource.replace(/\/+$/, '') === bare)
  return found === 'https://management.azure.com' ? managementResource : (found ?? named)
}

/** `2026-11-22 03:04:05.000000` in the time zone of this machine, as az prints it beside the number. */
function localTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.000000`
}
