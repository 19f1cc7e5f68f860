import type { Caller } from '#authentication/caller.ts'
import { isJsonObject } from '#base/json.ts'
import { randomGuid } from '#base/random.ts'
import type { SecretUrl } from '#base/secret-url.ts'
import { SecretValue } from '#base/secret-value.ts'
import type { Gate } from '#operation/invoke.ts'
import type { Operation, OperationRequest, Place, RequestFacts, Surface } from '#operation/operation.ts'
import { objectIn, textIn } from './tracked-resource.ts'

/** What is needed of the vaults: their surface, and which of them a host name stands for. */
export interface VaultAccess {
  readonly gate: Pick<Gate, 'invoke'>
  readonly surface: Surface
  /** Undefined for a host that is no vault of this server. */
  placeOf(hostname: string): Place | undefined | Promise<Place | undefined>
}

/** A value, or why there is none in words that follow `: `. */
export type VaultAnswer =
  | { readonly outcome: 'value'; readonly value: SecretValue }
  | { readonly outcome: 'refused'; readonly why: string }
  /** The caller was made before the tenant's revocation epoch moved. */
  | { readonly outcome: 'outdated' }

const apiVersion = '7.6'
const loopback = '127.0.0.1'

/**
 * Reads a secret through the gate as `caller`, who is decided about and recorded as anybody who calls over the network; the
 * vault's network rules know the call as one of a trusted service.
 */
export async function readVaultSecret(
  vault: VaultAccess,
  { url, caller, facts }: { readonly url: SecretUrl; readonly caller: Caller; readonly facts: RequestFacts },
): Promise<VaultAnswer> {
  const place = await vault.placeOf(url.hostname)
  if (place === undefined) return { outcome: 'refused', why: `there is no key vault '${url.hostname}' here` }
  const { status, body } = await vault.gate.invoke({
    surface: vault.surface,
    operation: getSecretOf(vault.surface),
    caller,
    trustedService: 'container-apps',
    request: requestFor(url, place, facts),
  })
  if (status === 401) return { outcome: 'outdated' }
  const answer: unknown = JSON.parse(String(body))
  const value = status === 200 && isJsonObject(answer) ? answer['value'] : undefined
  if (typeof value === 'string') return { outcome: 'value', value: SecretValue.fromText(value) }
  return { outcome: 'refused', why: explainRefusal(answer, url) }
}

function getSecretOf({ operations }: Surface): Operation {
  const operation = operations.find(({ id }) => id === 'getSecret')
  if (operation === undefined) throw new TypeError('The vault surface has no operation getSecret.')
  return operation
}

function requestFor({ hostname, name, version }: SecretUrl, place: Place, facts: RequestFacts): OperationRequest {
  return {
    place,
    method: 'GET',
    origin: `https://${hostname}`,
    path: { name, ...(version === undefined ? {} : { version }) },
    query: new Map(),
    apiVersion,
    header: () => undefined,
    body: Buffer.alloc(0),
    contentType: '',
    facts: { ...facts, requestId: randomGuid(), clientAddress: loopback, userAgent: 'strongroom-container-apps' },
  }
}

/** What a refusal in the vault's own words comes to. Source: contracts/key-vault.md §6. */
export function explainRefusal(answer: unknown, { hostname, name, version }: SecretUrl): string {
  const error = isJsonObject(answer) ? objectIn(answer, 'error') : {}
  const message = textIn(error, 'message')
  const vault = hostname.slice(0, hostname.indexOf('.'))
  const secret = `secret '${name}'${version === undefined ? '' : ` of version '${version}'`}`
  switch (textIn(objectIn(error, 'innererror'), 'code') || textIn(error, 'code')) {
    case 'ForbiddenByRbac': {
      const action = /^Action: '(.*?)'/m.exec(message)?.[1] ?? ''
      const scope = /^Resource: '(.*?)'/m.exec(message)?.[1] ?? ''
      const reason = /^DecisionReason: '(.*?)'/m.exec(message)?.[1]
      const because = reason === undefined ? '' : ` (${reason})`
      return `it is not allowed the action '${action}' at the scope '${scope}'${because}`
    }
    case 'ForbiddenByFirewall': {
      const address = /^Client address: (\S+)/m.exec(message)?.[1] ?? loopback
      return `the firewall of key vault '${vault}' does not admit the address ${address}, and the vault does not let trusted services bypass it`
    }
    case 'SecretDisabled':
      return `${secret} in key vault '${vault}' is disabled`
    case 'SecretNotFound':
      return `there is no ${secret} in key vault '${vault}'`
    default:
      return `key vault '${vault}' answers: ${message.split(/\r?\n/)[0] ?? ''}`
  }
}
