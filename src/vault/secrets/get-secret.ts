import { SecretValue } from '#base/secret-value.ts'
import { defineOperation, type OperationContext } from '#operation/operation.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { badParameter, parseSecretAddress, type SecretAddress } from '../names.ts'
import { hasMembersOf2025, type Recovery, renderSecretBundle } from '../wire.ts'
import type { OpenedSecret } from './opened-secrets.ts'
import { openSecretValue } from './sealed-secret.ts'
import { viewSecret } from './secret-audit.ts'
import { identityOf, type SecretDependencies, sealerOf } from './secret-dependencies.ts'
import { requireAtSecret } from './secret-requirements.ts'
import { respondJson, secretDisabled, secretNotFound } from './secret-response.ts'
import { loadSecretHead, loadSecretVersion } from './secret-store.ts'

interface GetSecretInput {
  readonly address: SecretAddress
  /** The form the value is wanted in; undefined for as it is. */
  readonly contentType: string | undefined
}

interface ReadSecret extends OpenedSecret {
  readonly recovery: Recovery
  readonly assignmentId: string | undefined
}

const required = requireAtSecret('secrets/getSecret/action')
const convertibleContentTypes = ['application/x-pkcs12', 'application/x-pem-file']

/**
 * getSecret: a secret's value, the latest version's or the named one's, even when that is past its expiry. Answers 404 for
 * what is not there or deleted, 403 `SecretDisabled` for a disabled version. Source: contracts/key-vault.md §2.1, §4.
 */
export function createGetSecret(dependencies: SecretDependencies) {
  return defineOperation<GetSecretInput, DomainSealer, ReadSecret>({
    id: 'getSecret',
    method: 'GET',
    path: '/secrets/{name}/{version?}',
    since: '7.0',
    access: 'read',
    parse(request) {
      const wanted = request.query.get('outcontenttype')
      return {
        address: parseSecretAddress(request),
        contentType: wanted === undefined ? undefined : parseContentType(wanted, request.apiVersion),
      }
    },
    requirements: (context, input) => required(context.place, input.address.canonical, input.address.name),
    prepare: (context) => sealerOf(dependencies.seal, context.place.id),
    handle: (context, input, sealer) => readSecret(dependencies, context, { ...input, sealer }),
    respond(secret, request) {
      const { origin, apiVersion } = request
      const view = { origin, apiVersion, recovery: secret.recovery }
      const valueJson = secret.valueJson.reveal().toString('utf8')
      return respondJson(renderSecretBundle(valueJson, secret.properties, view), secret.assignmentId)
    },
    audit: {
      operationName: 'SecretGet',
      view: (input, request, secret) => viewSecret(request, input.address, secret?.properties),
    },
  })
}

async function readSecret(
  { opened, vaults }: SecretDependencies,
  context: OperationContext,
  { address, contentType, sealer }: GetSecretInput & { readonly sealer: DomainSealer },
): Promise<ReadSecret> {
  const { transaction, place } = context
  const where = identityOf(place, address.canonical)
  const loading = loadSecretHead(transaction, where)
  const head = loading instanceof Promise ? await loading : loading
  if (head === undefined) throw secretNotFound(address)
  const facts = vaults.factsAt(transaction, place)
  const { recovery } = facts instanceof Promise ? await facts : facts
  const key = { ...where, version: address.version ?? head.latestVersion, revision: head.revision }
  let secret = opened.find(key)
  if (secret === undefined) {
    const row = await loadSecretVersion(transaction, where, key.version)
    if (row === undefined) throw secretNotFound(address)
    if (!row.properties.enabled) throw secretDisabled()
    secret = { properties: row.properties, valueJson: jsonOf(openSecretValue(sealer, where, row)) }
    opened.keep(key, secret)
  }
  if (contentType !== undefined && contentType !== secret.properties.contentType) {
    throw badParameter("The secret cannot be converted to the requested 'outContentType'.", 'outContentType')
  }
  return { ...secret, recovery, assignmentId: context.decision?.assignmentId }
}

/** The value as the text of a JSON string; the bytes it was made of are overwritten. */
function jsonOf(value: SecretValue): SecretValue {
  const bytes = value.reveal()
  const json = SecretValue.fromText(JSON.stringify(bytes.toString('utf8')))
  bytes.fill(0)
  return json
}

function parseContentType(wanted: string, apiVersion: string): string | undefined {
  if (!hasMembersOf2025(apiVersion)) return undefined
  if (convertibleContentTypes.includes(wanted)) return wanted
  throw badParameter("The parameter 'outContentType' has an unsupported value.", 'outContentType')
}
