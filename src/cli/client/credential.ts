import { request as httpRequest } from 'node:http'
import { z } from 'zod'
import type { ControlSession } from '../control-session.ts'
import { readAnswer } from './channel.ts'
import { answerIn, failureOf, parseAnswer } from './service-answer.ts'

/** An access token. */
export interface Token {
  readonly text: string
  readonly expiresOnEpochSeconds: number
}

/** Who commands run as: gives tokens for a resource such as `https://vault.azure.net`. */
export interface Credential {
  token(resource: string): Promise<Token>
  close(): Promise<void>
}

const tokenShape = z.object({ access_token: z.string(), expires_on: z.coerce.number() })

/** The operator's own session, whose tokens come from its identity endpoint. */
export function operatorCredential(session: ControlSession): Credential {
  return {
    token: (resource) => requestIdentityToken(session, resource),
    close: () => session.end(),
  }
}

/**
 * A token of a managed identity, asked for as any program asks for it (App Service form, 2019-08-01). `selected` names one of
 * several identities: `{ client_id }`, `{ principal_id }` or `{ mi_res_id }`.
 */
export async function requestIdentityToken(
  identity: { readonly identityEndpoint: string; readonly identityHeader: string },
  resource: string,
  selected: Readonly<Record<string, string>> = {},
): Promise<Token> {
  const url = new URL(identity.identityEndpoint)
  for (const [name, value] of Object.entries({ 'api-version': '2019-08-01', resource, ...selected }))
    url.searchParams.set(name, value)
  const answer = await readAnswer((respond) => {
    const request = httpRequest(url, { headers: { 'x-identity-header': identity.identityHeader } }, respond)
    return request
  })
  const parsed = parseAnswer(answer.text)
  if (answer.status !== 200) throw failureOf(answer.status, parsed)
  const token = answerIn(tokenShape, parsed)
  return { text: token.access_token, expiresOnEpochSeconds: token.expires_on }
}
