import type { Attributes } from '#authorization/conditions/attributes.ts'
import { type Action, dataAction, type NonEmpty, type Requirement } from '#authorization/decision.ts'
import { childScope } from '#authorization/scope.ts'
import type { Place } from '#operation/operation.ts'

/** `written` is the name as the caller wrote it, for conditions, which tell letter case apart; the canonical one if left out. */
type RequirementAtSecret = (place: Place, canonical: string, written?: string) => NonEmpty<Requirement>
/** `written` is the secret that the call is about, if it is about one. */
type RequirementAtVault = (place: Place, written?: string) => NonEmpty<Requirement>

const rememberedSecretsPerVault = 4096

/** `action`, a data action after `Microsoft.KeyVault/vaults/`, at one secret. */
export function requireAtSecret(name: string): RequirementAtSecret {
  const action = dataAction(`Microsoft.KeyVault/vaults/${name}`)
  // Pure, and asked for by every read: what it gives for a vault goes with the vault's place.
  const remembered = new WeakMap<Place, Map<string, NonEmpty<Requirement>>>()
  return (place, canonical, written = canonical) => {
    let ofVault = remembered.get(place)
    if (ofVault === undefined) {
      ofVault = new Map()
      remembered.set(place, ofVault)
    }
    const known = ofVault.get(written)
    if (known !== undefined) return known
    const made = requirement(action, place, { canonical, written })
    if (ofVault.size >= rememberedSecretsPerVault) ofVault.clear()
    ofVault.set(written, made)
    return made
  }
}

/** `action`, a data action after `Microsoft.KeyVault/vaults/`, at the vault: an assignment at one secret gives no lists. */
export function requireAtVault(name: string): RequirementAtVault {
  const anyOf = [dataAction(`Microsoft.KeyVault/vaults/${name}`)] as const
  return (place, written) => [{ anyOf, scope: place.scope, attributes: attributesOf(anyOf[0], place, written) }]
}

function requirement(
  action: Action,
  place: Place,
  { canonical, written }: { readonly canonical: string; readonly written: string },
): NonEmpty<Requirement> {
  const scope = childScope(place.scope, 'secrets', canonical)
  return [{ anyOf: [action], scope, attributes: attributesOf(action, place, written) }]
}

/** The actions that make a secret: what they name is the request's, for it may not be there yet. */
const makingActions: ReadonlySet<string> = new Set([
  'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  'Microsoft.KeyVault/vaults/secrets/restore/action',
])

/** What conditions may ask. Source: contracts/key-vault.md §7, "ABAC". */
function attributesOf(action: Action, place: Place, written: string | undefined): Attributes {
  const vault = { '@Resource[Microsoft.KeyVault/vaults:name]': place.name }
  if (written === undefined) return vault
  return makingActions.has(action.name)
    ? { ...vault, '@Request[Microsoft.KeyVault/vaults/secrets:name]': written }
    : { ...vault, '@Resource[Microsoft.KeyVault/vaults/secrets:name]': written }
}
