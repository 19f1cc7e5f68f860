/** What a check found, in one sentence for the operator. */
export interface Finding {
  readonly outcome: 'well' | 'warning' | 'wrong' | 'skipped'
  readonly sentence: string
}

export function well(sentence: string): Finding {
  return { outcome: 'well', sentence }
}

export function warning(sentence: string): Finding {
  return { outcome: 'warning', sentence }
}

export function wrong(sentence: string): Finding {
  return { outcome: 'wrong', sentence }
}

export function skipped(sentence: string): Finding {
  return { outcome: 'skipped', sentence }
}
