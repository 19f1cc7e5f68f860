import { z } from 'zod'

/**
 * A list of at most `maximum` items, refused for its length before any of them is looked at, and at the first item that is not
 * acceptable: the reading of a large body of nothing but mistakes costs no more than that of a good one. Too long a list is an
 * issue at its place, or what `refuse` makes.
 */
export function boundedList<T extends z.ZodType>(
  item: T,
  maximum: number,
  refuse?: () => Error,
): z.ZodType<z.output<T>[], unknown[]> {
  return z.array(z.unknown()).transform((given, context) => {
    if (given.length > maximum) {
      if (refuse !== undefined) throw refuse()
      context.addIssue({ code: 'custom', message: `must have at most ${maximum} elements` })
      return z.NEVER
    }
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
