import { z } from 'zod'

/**
 * A list of at most `maximum` items and at least `minimum`, counted before any of them is looked at, and refused at the first
 * item that is not acceptable: the reading of a large body of nothing but mistakes costs no more than that of a good one. A wrong
 * number of items is an issue at the list's place; too many are what `refuse` makes, thrown, where it is given.
 */
export function boundedList<T extends z.ZodType>(
  item: T,
  maximum: number,
  { minimum = 0, refuse }: { readonly minimum?: number; readonly refuse?: () => Error } = {},
): z.ZodType<z.output<T>[]> {
  const counted = z
    .array(z.unknown())
    .min(minimum, `must have at least ${minimum} ${minimum === 1 ? 'element' : 'elements'}`)
    .max(maximum, `must have at most ${maximum} elements`)
  return z
    .preprocess((given) => {
      if (refuse !== undefined && Array.isArray(given) && given.length > maximum) throw refuse()
      return given
    }, counted)
    .transform((given, context) => {
      const items: z.output<T>[] = []
      for (const [at, element] of given.entries()) {
        const read = item.safeParse(element)
        if (read.success) {
          items.push(read.data)
          continue
        }
        const [issue] = read.error.issues
        context.addIssue({
          code: 'custom',
          message: issue?.message ?? 'not acceptable',
          path: [at, ...(issue?.path ?? [])],
        })
        return z.NEVER
      }
      return items
    })
}
