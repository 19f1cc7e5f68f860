/**
 * arm: the control plane: resource ids, long-running operations and the resource providers, one folder per namespace.
 * Never reads a secret's value, and never stores a setting that nothing enforces.
 */
import type { Surface } from '#operation/operation.ts'
import type { ResourceManagerDependencies } from './dependencies.ts'
import { createDialect } from './dialect.ts'
import { listOperations } from './surface.ts'

/** An app's template is the largest document; secrets and files do not come this way. */
const maximumBodyBytes = 1024 * 1024

/** The resource manager, as a surface. Source: contracts/resource-manager-and-container-apps.md. */
export function createResourceManager(its: ResourceManagerDependencies): { readonly surface: Surface } {
  return {
    surface: {
      name: 'arm',
      operations: listOperations(its),
      maximumBodyBytes,
      apiVersions: 'newest-not-later',
      authenticate: its.authenticate,
      dialect: createDialect((origin) => its.namesFor(origin).loginOrigin),
    },
  }
}
