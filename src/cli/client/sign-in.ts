import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CommandError } from '../command-error.ts'
import { readRunFile } from '../run-file.ts'
import { type Channel, openLocalChannel, openRemoteChannel } from './channel.ts'
import { requestIdentityToken, type Token } from './credential.ts'
import { azureNames } from './open-client.ts'
import { graphResource, managementResource, type ServerNames, vaultResource } from './server-client.ts'
import { managementBeside, namesFromMetadata } from './server-metadata.ts'
import { answerIn, claimsIn, failureOf, parseAnswer } from './service-answer.ts'
import type { SignIn } from './sign-in-file.ts'

type Place = SignIn['place']

/** Where somebody signs in, with an open channel to it. */
export interface SignInPlace {
  readonly place: Place
  readonly names: ServerNames
  readonly loginHost: string
  readonly channel: Channel
}

const metadataVersion = '2022-09-01'
const subscriptionsVersion = '2022-12-01'
/** The resources that commands need tokens for. */
const resources = [managementResource, graphResource, vaultResource] as const

/** The server on a data directory of this machine. Throws `CommandError` (2) when none runs there. */
export function localPlace(dataDirectory: string): SignInPlace {
  const server = readRunFile(dataDirectory)
  return {
    place: { kind: 'local', dataDirectory },
    names: azureNames,
    loginHost: 'login.microsoftonline.com',
    channel: openLocalChannel(server.httpsPort, readFileSync(server.caFile, 'utf8')),
  }
}

/**
 * A server elsewhere, by its authority host (`https://login.example.com[:8443]`) and, where the system does not trust it, the file
 * of its certificate authority. Asks its resource manager, `management.` beside `login.`, whether it has the other hosts beside
 * them too. Throws `CommandError`: 2 for another kind of address and when nobody answers, 1 when it names other hosts.
 */
export async function remotePlace(authorityHost: string, caFile: string | undefined): Promise<SignInPlace> {
  const authority = URL.canParse(authorityHost) ? new URL(authorityHost) : undefined
  if (authority?.protocol !== 'https:' || !authority.hostname.startsWith('login.'))
    throw new CommandError('--authority-host takes an https address such as https://login.example.com:8443.', 2)
  const certificateAuthority = caFile === undefined ? undefined : readFileSync(caFile, 'utf8')
  const channel = openRemoteChannel(certificateAuthority)
  try {
    const answer = await channel.send({
      host: managementBeside(authority.host),
      method: 'GET',
      path: `/metadata/endpoints?api-version=${metadataVersion}`,
      headers: {},
    })
    const body = parseAnswer(answer.text)
    if (answer.status !== 200) throw failureOf(answer.status, body)
    const names = namesFromMetadata(authority.host, body)
    const trust = certificateAuthority === undefined ? {} : { certificateAuthority }
    return {
      place: { kind: 'remote', ...names, ...trust },
      names,
      loginHost: authority.host,
      channel,
    }
  } catch (failure) {
    channel.close()
    throw failure
  }
}

/** Tokens of a service principal for every resource that commands need, by client secret (OAuth 2.0 client credentials). */
export async function tokensByClientSecret(
  at: SignInPlace,
  principal: { readonly tenant: string; readonly clientId: string; readonly clientSecret: string },
): Promise<SignIn['tokens']> {
  const { tenant, clientId, clientSecret } = principal
  return tokensFor(async (resource) => {
    const answer = await at.channel.send({
      host: at.loginHost,
      method: 'POST',
      path: `/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${resource}/.default`,
      }).toString(),
    })
    const body = parseAnswer(answer.text)
    if (answer.status !== 200) throw failureOf(answer.status, body)
    const token = answerIn(tokenShape, body)
    return { text: token.access_token, expiresOnEpochSeconds: claimsIn(expiryShape, token.access_token).exp }
  })
}

/** Tokens of the managed identity of this process, as `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` name it. */
export async function tokensOfManagedIdentity(selected: Readonly<Record<string, string>>): Promise<SignIn['tokens']> {
  const { IDENTITY_ENDPOINT: identityEndpoint, IDENTITY_HEADER: identityHeader } = process.env
  if (identityEndpoint === undefined || identityHeader === undefined)
    throw new CommandError(
      "There is no managed identity here: IDENTITY_ENDPOINT is not set. Run it under 'strongroom run --app'.",
      1,
    )
  return tokensFor((resource) => requestIdentityToken({ identityEndpoint, identityHeader }, resource, selected))
}

const subscriptionShape = z.object({
  subscriptionId: z.string(),
  displayName: z.string(),
  state: z.string(),
  tenantId: z.string(),
})

/** The subscriptions in which the bearer of these tokens can see something. */
export async function readSubscriptions(at: SignInPlace, tokens: SignIn['tokens']): Promise<SignIn['subscriptions']> {
  const answer = await at.channel.send({
    host: at.names.management,
    method: 'GET',
    path: `/subscriptions?api-version=${subscriptionsVersion}`,
    headers: { authorization: `Bearer ${tokens[managementResource]?.text ?? ''}` },
  })
  const body = parseAnswer(answer.text)
  if (answer.status !== 200) throw failureOf(answer.status, body)
  return answerIn(z.object({ value: z.array(subscriptionShape) }), body).value.map(
    ({ subscriptionId, displayName, state, tenantId }) => ({
      id: subscriptionId,
      name: displayName,
      state,
      tenantId,
    }),
  )
}

const tokenShape = z.object({ access_token: z.string() })
const expiryShape = z.object({ exp: z.number() })

async function tokensFor(request: (resource: string) => Promise<Token>): Promise<SignIn['tokens']> {
  const tokens: [string, Token][] = []
  for (const resource of resources) tokens.push([resource, await request(resource)])
  return Object.fromEntries(tokens)
}
