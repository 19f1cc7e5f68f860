import { z } from 'zod'
import { ServiceError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { notSupported, parseShape } from '../../body.ts'
import { parseResource, type TypedResourceAddress } from '../../resource-id.ts'
import { identityType } from '../../resource-types.ts'
import { objectWithoutNulls } from '../../wire.ts'

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/

const properties = z.object({
  isolationScope: z.string().optional(),
  assignmentRestrictions: z.unknown().optional(),
})

/** The identity that a path names. Throws `malformed` `InvalidResourceName` for what no identity can be called. */
export function parseIdentityAddress(request: OperationRequest): TypedResourceAddress {
  const address = parseResource(request.path, identityType)
  if (namePattern.test(address.name)) return address
  throw new ServiceError(
    'malformed',
    'InvalidResourceName',
    "The name of a user-assigned identity has 3 to 128 characters: letters of the English alphabet, digits, '-' and '_'; the first is a letter or a digit.",
    { target: 'name' },
  )
}

/**
 * Refuses what would have to be enforced on assignment and is not: isolation to a region, and restrictions. Principal, client
 * and tenant in a body are read-only and ignored. Throws `malformed` `NotSupported`.
 */
export function refuseUnenforcedProperties(body: JsonObject): void {
  const given = parseShape(z.object({ properties: properties.optional() }), objectWithoutNulls(body)).properties
  const isolation = given?.isolationScope?.toLowerCase() ?? 'none'
  if (isolation !== 'none') {
    throw notSupported("'properties.isolationScope' must be 'None'.", 'properties.isolationScope')
  }
  if (given?.assignmentRestrictions !== undefined) {
    throw notSupported("'properties.assignmentRestrictions' is not supported.", 'properties.assignmentRestrictions')
  }
}

/** Refuses to move an identity to another region: `conflict` `InvalidResourceLocation`. */
export function refuseOtherLocation(address: TypedResourceAddress, former: string, wanted: string): void {
  if (former === wanted) return
  throw new ServiceError(
    'conflict',
    'InvalidResourceLocation',
    `The resource '${address.name}' already exists in location '${former}' in resource group '${address.resourceGroup}'. A resource with the same name cannot be created in location '${wanted}'. Please select a new resource name.`,
  )
}
