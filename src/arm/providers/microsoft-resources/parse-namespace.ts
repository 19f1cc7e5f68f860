import { ServiceError } from '#base/errors.ts'
import { quoteName } from '../../resource-id.ts'
import { findNamespace } from '../../resource-types.ts'

/** The served namespace of a path, in Azure's spelling. Throws `not-found` `InvalidResourceNamespace`. */
export function parseNamespace(path: Readonly<Record<string, string>>): string {
  const text = path['namespace'] ?? ''
  const namespace = findNamespace(text)
  if (namespace !== undefined) return namespace
  throw new ServiceError(
    'not-found',
    'InvalidResourceNamespace',
    `The resource namespace ${quoteName(text)} is invalid.`,
  )
}
