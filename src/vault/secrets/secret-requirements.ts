import { type Action, dataAction, type NonEmpty, type Requirement } from '#authorization/decision.ts'
import { childScope } from '#authorization/scope.ts'
import type { Place } from '#operation/operation.ts'

type RequirementAtSecret = (place: Place, canonical: string) => NonEmpty<Requirement>
type RequirementAtVault = (place: Place) => NonEmpty<Requirement>

const rememberedSecretsPerVault = 4096

/** `action`, a data action after `Microsoft.KeyVault/vaults/`, at one secret. */
export function requireAtSecret(name: string): RequirementAtSecret {
  const action = dataAction(`Microsoft.KeyVault/vaults/${name}`)
  // Pure, and asked for by every read: what it gives for a vault goes with the vault's place.
  const remembered = new WeakMap<Place, Map<string, NonEmpty<Requirement>>>()
  return (place, canonical) => {
    let ofVault = remembered.get(place)
    if (ofVault === undefined) {
      ofVault = new Map()
      remembered.set(place, ofVault)
    }
    const known = ofVault.get(canonical)
    if (known !== undefined) return known
    const made = requirement(action, place, canonical)
    if (ofVault.size >= rememberedSecretsPerVault) ofVault.clear()
    ofVault.set(canonical, made)
    return made
  }
}

/** `action`, a data action after `Microsoft.KeyVault/vaults/`, at the vault: an assignment at one secret gives no lists. */
export function requireAtVault(name: string): RequirementAtVault {
  const anyOf = [dataAction(`Microsoft.KeyVault/vaults/${name}`)] as const
  return (place) => [{ anyOf, scope: place.scope }]
}

function requirement(action: Action, place: Place, canonical: string): NonEmpty<Requirement> {
  return [{ anyOf: [action], scope: childScope(place.scope, 'secrets', canonical) }]
}
