import { identitiesApiVersion, identityType } from './api-versions.ts'
import type { ServerClient } from './client/server-client.ts'
import type { CommandArguments } from './command.ts'
import { recordAt } from './json-object.ts'
import type { ResourceKind } from './resource-command.ts'
import { resourcePath } from './resource-paths.ts'
import { flattened } from './views/flattened.ts'

/** User-assigned identities, as az shows them: the properties beside the id. */
export const identityKind: ResourceKind = {
  type: identityType,
  apiVersion: identitiesApiVersion,
  noun: 'user-assigned identity',
  nouns: 'user-assigned identities',
  show: flattened,
  takesIds: true,
}

/** Path of a federated credential of an identity, or of all of them. */
export function federatedCredentialPath(
  server: ServerClient,
  given: CommandArguments,
  name: string | undefined,
): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const { subscriptionId } = server.server
  const identity = resourcePath(
    subscriptionId,
    given.required('resource-group'),
    identityType,
    given.required('identity-name'),
  )
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return {
    path: `${identity}/federatedIdentityCredentials${one}`,
    query: { 'api-version': identitiesApiVersion },
  }
}

/** The properties of a federated credential that the options give, over those that it has. */
export function federatedProperties(given: CommandArguments, former: unknown): Readonly<Record<string, unknown>> {
  const audiences = given.list('audiences')?.flatMap((word) => word.split(',').filter((part) => part !== ''))
  const issuer = given.text('issuer')
  const subject = given.text('subject')
  return {
    audiences: ['api://AzureADTokenExchange'],
    ...recordAt(former, 'properties'),
    ...(issuer === undefined ? {} : { issuer }),
    ...(subject === undefined ? {} : { subject }),
    ...(audiences === undefined ? {} : { audiences }),
  }
}
