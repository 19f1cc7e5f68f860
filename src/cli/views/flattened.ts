import { recordAt } from '../json-object.ts'

/** A resource with the members of `properties` beside its id, in their place, as az shows newer types. */
export function flattened(body: unknown): unknown {
  return Object.fromEntries(
    Object.entries(recordAt(body)).flatMap(([name, value]) =>
      name === 'properties' ? Object.entries(recordAt({ value }, 'value')) : [[name, value] as const],
    ),
  )
}
