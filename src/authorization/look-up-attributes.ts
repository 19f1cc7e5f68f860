import type { Reader } from '#storage/database.ts'
import type { NonEmpty, Requirement } from './decision.ts'

/** The requirements with every attribute known that stands in the database. */
export async function lookUpAttributes(
  reader: Reader,
  [first, ...others]: NonEmpty<Requirement>,
): Promise<NonEmpty<Requirement>> {
  const known = [await withAttributes(reader, first)] as const
  const rest: Requirement[] = []
  for (const requirement of others) rest.push(await withAttributes(reader, requirement))
  return [...known, ...rest]
}

async function withAttributes(reader: Reader, requirement: Requirement): Promise<Requirement> {
  const { attributes } = requirement
  return typeof attributes === 'function' ? { ...requirement, attributes: await attributes(reader) } : requirement
}
