import { ServiceError } from '#base/errors.ts'
import type { OperationResponse } from '#operation/operation.ts'
import { jsonHeaders } from '../dialect.ts'
import type { SecretAddress } from '../names.ts'

/** Azure's 404 for a secret or a version of it. */
export function secretNotFound(address: SecretAddress): ServiceError {
  const id = address.version === undefined ? address.name : `${address.name}/${address.version}`
  return new ServiceError(
    'not-found',
    'SecretNotFound',
    `A secret with (name/id) ${id} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  )
}

/** Azure's 404 for a deleted secret. */
export function deletedSecretNotFound(name: string): ServiceError {
  return new ServiceError('not-found', 'SecretNotFound', `Deleted Secret not found: ${name}`)
}

/** Azure's 403 for a disabled secret or a disabled version of it. */
export function secretDisabled(): ServiceError {
  return new ServiceError('forbidden', 'Forbidden', 'Operation get is not allowed on a disabled secret.', {
    innerCode: 'SecretDisabled',
  })
}

const assignmentHeader = 'x-ms-keyvault-rbac-assignment-id'
const headersByAssignment = new Map<string, Readonly<Record<string, string>>>()
const rememberedAssignments = 4096

/** A 200 with a JSON body that names the assignment that allowed it. */
export function respondJson(body: string, assignmentId: string | undefined): OperationResponse {
  return { status: 200, headers: assignmentId === undefined ? jsonHeaders : headersFor(assignmentId), body }
}

/** A 204 that names the assignment that allowed it. */
export function respondNothing(assignmentId: string | undefined): OperationResponse {
  return assignmentId === undefined
    ? { status: 204 }
    : { status: 204, headers: { [assignmentHeader]: bareAssignmentId(assignmentId) } }
}

function headersFor(assignmentId: string): Readonly<Record<string, string>> {
  const known = headersByAssignment.get(assignmentId)
  if (known !== undefined) return known
  const made = { ...jsonHeaders, [assignmentHeader]: bareAssignmentId(assignmentId) }
  if (headersByAssignment.size >= rememberedAssignments) headersByAssignment.clear()
  headersByAssignment.set(assignmentId, made)
  return made
}

/** The GUID that an assignment's id ends in, as 32 hexadecimal digits: Azure's form here. */
function bareAssignmentId(assignmentId: string): string {
  return assignmentId.slice(assignmentId.lastIndexOf('/') + 1).replaceAll('-', '')
}
