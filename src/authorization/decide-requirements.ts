import type { Action, Decision, NonEmpty, Requirement } from './decision.ts'

/** Decides one action of a requirement, at the requirement's scope. */
export type DecideAction = (action: Action, requirement: Requirement) => Decision

/**
 * The one rule of how decisions about actions make the decision of a call. All requirements must hold: the first that does not is
 * the denial, and when all do, the first one's decision is the answer. Any action of a requirement is enough: when none is
 * allowed, the first one's denial stands for it. Nothing is asked beyond that. A list with a gap is refused: throws a `TypeError`.
 *
 * Every call comes through here: nothing is allocated, and `decideAction` should be made once.
 */
export function decideRequirements(requirements: NonEmpty<Requirement>, decideAction: DecideAction): Decision {
  const first = decideRequirement(requirements[0], decideAction)
  if (first.outcome === 'deny') return first
  for (let at = 1; at < requirements.length; at++) {
    const requirement = requirements[at]
    if (requirement === undefined) throw new TypeError('A requirement is missing.')
    const decision = decideRequirement(requirement, decideAction)
    if (decision.outcome === 'deny') return decision
  }
  return first
}

function decideRequirement(requirement: Requirement, decideAction: DecideAction): Decision {
  const { anyOf } = requirement
  const first = decideAction(anyOf[0], requirement)
  if (first.outcome === 'allow') return first
  for (let at = 1; at < anyOf.length; at++) {
    const action = anyOf[at]
    if (action === undefined) throw new TypeError('An action of a requirement is missing.')
    const decision = decideAction(action, requirement)
    if (decision.outcome === 'allow') return decision
  }
  return first
}
