import { ServiceError } from '#base/errors.ts'
import {
  canonicalName,
  type SecretName,
  type SecretVersion,
  tryParseSecretName,
  tryParseSecretVersion,
} from '#base/ids.ts'
import type { OperationRequest } from '#operation/operation.ts'

/** A secret as the path names it, without a version. */
export interface ObjectAddress {
  /** As the caller wrote it. */
  readonly name: SecretName
  /** The form that is compared, authorised and stored. */
  readonly canonical: string
}

/** A secret as the path names it; no version means the latest. */
export interface SecretAddress extends ObjectAddress {
  readonly version: SecretVersion | undefined
}

/** What a list's query asks for. */
export interface PageRequest {
  readonly size: number
  /** The `$skiptoken` of a former page's `nextLink`, not yet checked. */
  readonly token: string | undefined
}

const largestPage = 25
const pageSizePattern = /^[0-9]{1,4}$/

/** Refuses a request's parameter in Key Vault's own code. */
export function badParameter(message: string, target?: string): ServiceError {
  return new ServiceError('malformed', 'BadParameter', message, target === undefined ? {} : { target })
}

/** The name in the path's `{name}`. Throws `malformed` `BadParameter`. Source: contracts/key-vault.md §4. */
export function parseObjectAddress(request: OperationRequest): ObjectAddress {
  const text = request.path['name'] ?? ''
  const name = tryParseSecretName(text)
  if (name === undefined) throw badParameter(`The request URI contains an invalid name: ${text}`, 'name')
  return { name, canonical: canonicalName(name) }
}

/**
 * The name and version in the path's `{name}` and `{version?}`; clients send an empty segment for the latest version.
 * Throws `malformed` `BadParameter`.
 */
export function parseSecretAddress(request: OperationRequest): SecretAddress {
  const { name, canonical } = parseObjectAddress(request)
  const text = request.path['version'] ?? ''
  if (text === '') return { name, canonical, version: undefined }
  const version = tryParseSecretVersion(text)
  if (version === undefined) throw badParameter(`The request URI contains an invalid version: ${text}`, 'version')
  return { name, canonical, version }
}

/** The page that a list's query asks for. Throws `malformed` `BadParameter` for a size outside 1 to 25. */
export function parsePageRequest(query: ReadonlyMap<string, string>): PageRequest {
  const text = query.get('maxresults')
  const size = text === undefined ? largestPage : pageSizePattern.test(text) ? Number(text) : 0
  if (size < 1 || size > largestPage) {
    throw badParameter(`The parameter 'maxresults' must be an integer from 1 to ${largestPage}.`, 'maxresults')
  }
  return { size, token: query.get('$skiptoken') }
}
