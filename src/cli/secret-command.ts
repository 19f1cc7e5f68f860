import { secretsApiVersion } from './api-versions.ts'
import type { ServerRequest } from './client/server-client.ts'
import type { Command, CommandContext, CommandOption } from './command.ts'
import { wholeNumberOption } from './option-values.ts'
import type { TableRows } from './output/render-result.ts'
import {
  locateSecret,
  locateVault,
  type SecretLocation,
  secretLocationOptions,
  vaultLocationOptions,
} from './secret-location.ts'

const query = { 'api-version': secretsApiVersion } as const

interface SecretCommand {
  readonly path: string
  readonly summary: string
  readonly options?: readonly CommandOption[]
  readonly method: ServerRequest['method']
  /** Path of the request, its segments encoded. */
  readonly pathOf: (secret: SecretLocation) => string
  readonly bodyOf?: (context: CommandContext) => object
  readonly warning?: string
  readonly show?: (body: unknown) => unknown
}

/** A command that is one request about one secret, named by vault and name or by id. */
export function defineSecretCommand(its: SecretCommand): Command {
  return {
    path: its.path,
    summary: its.summary,
    options: [...secretLocationOptions, ...(its.options ?? [])],
    async run(context) {
      const secret = locateSecret(context.arguments)
      const body = its.bodyOf?.(context)
      if (its.warning !== undefined) context.warn(its.warning)
      const answer = await sendToVault(context, secret.vault, {
        method: its.method,
        path: its.pathOf(secret),
        ...(body === undefined ? {} : { body }),
      })
      return its.show?.(answer)
    },
  }
}

interface SecretListCommand {
  readonly path: string
  readonly summary: string
  readonly options?: readonly CommandOption[]
  /** Whether the list is one secret's, and not the vault's. */
  readonly ofOneSecret?: boolean
  readonly pathOf: (secret: SecretLocation) => string
  readonly keeps?: (context: CommandContext) => (item: unknown) => boolean
  readonly show: (item: unknown) => unknown
  readonly table?: TableRows
}

/** A command that lists what a vault or a secret has, page by page. */
export function defineSecretList(its: SecretListCommand): Command {
  const maxResults = vaultLocationOptions.filter(({ name }) => name === '--maxresults')
  const options = its.ofOneSecret === true ? [...secretLocationOptions, ...maxResults] : vaultLocationOptions
  return {
    path: its.path,
    summary: its.summary,
    options: [...options, ...(its.options ?? [])],
    ...(its.table === undefined ? {} : { table: its.table }),
    async run(context) {
      const given = context.arguments
      const most = wholeNumberOption(given.text('maxresults'), 'maxresults')
      const secret =
        its.ofOneSecret === true ? locateSecret(given) : { vault: locateVault(given), name: '', version: '' }
      const server = await context.server()
      const request = { method: 'GET', path: its.pathOf(secret), query } as const
      const items = await server.list({ vault: secret.vault }, request)
      const kept = its.keeps === undefined ? items : items.filter(its.keeps(context))
      return (most === undefined || most === 0 ? kept : kept.slice(0, most)).map(its.show)
    },
  }
}

/** One request to a vault's data plane; gives the body of its answer. */
export async function sendToVault(
  context: CommandContext,
  vault: string,
  request: Omit<ServerRequest, 'query'>,
): Promise<unknown> {
  const server = await context.server()
  return (await server.vault(vault, { ...request, query })).body
}

export function secretPath({ name }: SecretLocation): string {
  return `/secrets/${encodeURIComponent(name)}`
}

export function secretVersionPath(secret: SecretLocation): string {
  return `${secretPath(secret)}/${encodeURIComponent(secret.version)}`
}

export function deletedSecretPath({ name }: SecretLocation): string {
  return `/deletedsecrets/${encodeURIComponent(name)}`
}
