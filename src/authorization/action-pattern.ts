/** A permission string of a role, `Microsoft.KeyVault/vaults/*`, ready to be compared with the names of actions. */
export interface ActionPattern {
  /** Whether the pattern covers this action; `lowerCaseName` is the action's name in lower case. */
  matches(lowerCaseName: string): boolean
}

/**
 * Compiles one entry of `actions`, `notActions`, `dataActions` or `notDataActions`.
 *
 * Letter case is ignored. `*` stands for any text, slashes included, and may occur several times. Between two slashes it may
 * also stand for nothing at all: `…/containerApps/*\/read` covers `…/containerApps/read`, without which Azure's own
 * "Container Apps Contributor" could not read an app. Matching is linear in the name: no backtracking.
 * Source: contracts/resource-manager-and-container-apps.md §4.4; Azure RBAC, "Understand role definitions", wildcards.
 */
export function compileActionPattern(pattern: string): ActionPattern {
  const pieces = pattern.toLowerCase().replace(/\*+/g, '*').split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return { matches: (name) => name === first }
  return { matches: (name) => matchesPieces(pieces, name) }
}

function matchesPieces(pieces: readonly string[], name: string): boolean {
  let previous = pieces[0] ?? ''
  if (!name.startsWith(previous)) return false
  let end = previous.length
  // The leftmost place of each middle piece leaves the most room for what follows, so no choice is ever taken back.
  for (let at = 1; at < pieces.length - 1; at++) {
    const piece = pieces[at] ?? ''
    const found = name.indexOf(piece, earliestStart(previous, piece, end))
    if (found === -1) return false
    end = found + piece.length
    previous = piece
  }
  const last = pieces[pieces.length - 1] ?? ''
  return name.endsWith(last) && name.length - last.length >= earliestStart(previous, last, end)
}

/** Two slashes around an empty `*` may be one and the same slash. */
function earliestStart(previous: string, next: string, end: number): number {
  return previous.endsWith('/') && next.startsWith('/') ? end - 1 : end
}
