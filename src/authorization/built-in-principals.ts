import { type PrincipalId, trustGuid } from '#base/ids.ts'
import { type CompiledRole, compileRole } from './role-definition.ts'

/**
 * A service principal that is part of the program: a background job's identity. It is in no directory, has no credential and
 * gets no token; it may do exactly what is listed, in every tenant, unless a deny assignment says otherwise.
 */
export interface BuiltInPrincipal {
  readonly id: PrincipalId
  readonly name: string
  readonly role: CompiledRole
}

function principal(
  id: string,
  name: string,
  may: { readonly actions?: readonly string[]; readonly dataActions?: readonly string[] },
): BuiltInPrincipal {
  const permission = { actions: [], notActions: [], dataActions: [], notDataActions: [], ...may }
  return { id: trustGuid(id), name, role: compileRole([permission]) }
}

/** Purges deleted vaults when their time has come. */
export const vaultPurger = principal('5f0d2c1e-7c0e-4b57-9d5a-3f6a0a9b1c01', 'Strongroom vault purge', {
  actions: ['Microsoft.KeyVault/locations/deletedVaults/purge/action'],
})

/** Purges deleted secrets when their time has come. */
export const secretPurger = principal('5f0d2c1e-7c0e-4b57-9d5a-3f6a0a9b1c02', 'Strongroom secret purge', {
  dataActions: ['Microsoft.KeyVault/vaults/secrets/purge/action'],
})

const builtInPrincipals: ReadonlyMap<string, BuiltInPrincipal> = new Map(
  [vaultPurger, secretPurger].map((entry) => [entry.id, entry]),
)

/** The built-in principal with this object id, or undefined. */
export function findBuiltInPrincipal(id: PrincipalId): BuiltInPrincipal | undefined {
  return builtInPrincipals.get(id)
}
