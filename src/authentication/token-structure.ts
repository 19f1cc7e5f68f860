import { isObject } from '#base/json.ts'
import type { TokenRefusal } from './caller.ts'

/** Longer tokens are refused before anything is decoded. Characters. */
export const maximumTokenLength = 16_384

/** A token taken apart, nothing of it believed yet. */
export interface TokenStructure {
  readonly keyId: string
  /** What the signature is over: header and payload as they came. */
  readonly signedPart: Buffer
  readonly signature: Buffer
  readonly payload: string
}

const compactForm = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * A compact JWS in its parts, if it is one that this server could have made: RS256, `typ` JWT, a key id.
 *
 * The algorithm is never chosen by the token, and keys that a header brings or points to (`jwk`, `jku`, `x5c`, `x5u`) are not
 * looked at. Source: RFC 7515 §5.2, RFC 8725 §3.1.
 */
export function parseTokenStructure(token: string): TokenStructure | TokenRefusal {
  const parts = compactForm.exec(token)
  if (parts === null) return refuse('malformed')
  const [, headerText = '', payloadText = '', signatureText = ''] = parts
  const header = parseObject(headerText)
  if (header === undefined) return refuse('malformed')
  if (header['alg'] !== 'RS256') return refuse('algorithm')
  const keyId = header['kid']
  // A critical extension that is not understood makes the whole token invalid, and none is. Source: RFC 7515 §4.1.11.
  if (header['typ'] !== 'JWT' || typeof keyId !== 'string' || 'crit' in header) return refuse('malformed')
  const signature = Buffer.from(signatureText, 'base64url')
  // The decoder drops stray bits at the end; with them one signature would have several spellings.
  if (signature.toString('base64url') !== signatureText) return refuse('malformed')
  return {
    keyId,
    signedPart: Buffer.from(token.slice(0, token.length - signatureText.length - 1), 'latin1'),
    signature,
    payload: payloadText,
  }
}

/** The JSON object in base64url text, or undefined. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function refuse(reason: TokenRefusal['reason']): TokenRefusal {
  return { outcome: 'refused', reason, signed: false }
}
