import type { AttributeName } from './attributes.ts'
import type { Operator, Quantifier, Value } from './operators.ts'

/** One side of a comparison: an attribute, or values written out. */
export type Operand =
  | { readonly kind: 'attribute'; readonly name: AttributeName }
  | { readonly kind: 'values'; readonly values: readonly Value[] }

/** A condition, read and checked: every name in it is known, every value has the type of its operator. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  /** `ActionMatches{'pattern'}` */
  | { readonly kind: 'action'; readonly pattern: string }
  /** `Exists @Source[path]` */
  | { readonly kind: 'exists'; readonly attribute: AttributeName }
  | {
      readonly kind: 'comparison'
      readonly left: Operand
      /** Undefined: one value on each side. */
      readonly quantifier: Quantifier | undefined
      readonly operator: Operator
      readonly right: Operand
    }
