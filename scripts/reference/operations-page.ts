import type { Operation, Surface } from '#operation/operation.ts'
import { code, generatedNote, table } from './markdown.ts'
import { requirementsOfSample } from './sample-request.ts'

/** Every operation of every surface, from the values that serve them. */
export async function renderOperationsPage(surfaces: readonly Surface[]): Promise<string> {
  const sections: string[] = []
  for (const surface of surfaces) {
    const rows: (readonly string[])[] = []
    for (const operation of surface.operations) {
      rows.push([
        operation.id,
        code(`${operation.method} ${operation.path}`),
        operation.since,
        operation.access,
        await describeNeeds(surface.name, operation),
        operation.audit === undefined ? 'not recorded' : code(operation.audit.operationName),
      ])
    }
    sections.push(
      `## ${surface.name}\n\n${describeSurface(surface)}\n\n${table(['Operation', 'Request', 'Since', 'Access', 'Needs', 'Recorded as'], rows)}`,
    )
  }
  return `${['# Operations', generatedNote, introduction, ...sections].join('\n\n')}\n`
}

const introduction = `Every operation that is served, by surface. *Needs* says what the caller's role assignments must grant for the
smallest request: one of the actions named, at that scope or above; an operation may ask for more when a request says more.

- *filtered*: every signed-in principal may ask, and is shown only what it may read.
- *open: public*: nobody is asked for anything, and nothing is recorded.
- *open: credential-exchange*: the request itself carries the credential that it exchanges for a token.
- *open: workload-session*: the caller proves a session of \`run\` or \`shell\`, by its header or proxy credential and its OS user.
- *open: local-control*: the caller has opened the control socket, which only the owner of the data directory can.`

function describeSurface(surface: Surface): string {
  const versions =
    surface.apiVersions === 'newest-not-later'
      ? 'The newest api-version not later than the one asked for is served.'
      : surface.apiVersions === 'none'
        ? 'It has no api-versions.'
        : `Its api-versions: ${surface.apiVersions.join(', ')}.`
  const callers = surface.authenticate === undefined ? 'It takes no access tokens.' : 'Callers show an access token.'
  const others = surface.operations.flatMap(({ id, maximumBodyBytes }) =>
    maximumBodyBytes === undefined ? [] : [`${id}: ${maximumBodyBytes.toLocaleString('en')}`],
  )
  const exceptions = others.length === 0 ? '' : ` (${others.join('; ')})`
  return `${callers} ${versions} Bodies have at most ${surface.maximumBodyBytes.toLocaleString('en')} bytes${exceptions}.`
}

async function describeNeeds(surface: string, operation: Operation): Promise<string> {
  if (operation.open !== undefined) return `open: ${operation.open}`
  const requirements = await requirementsOfSample(surface, operation)
  if (requirements === 'filtered') return 'filtered'
  return requirements
    .map(({ anyOf, scope }) => `${anyOf.map(code).join(' or ')} at ${code(scope)}`)
    .filter((text, at, all) => all.indexOf(text) === at)
    .join('; and ')
}

/** The operations that ask nobody, as `surface operation: reason`. */
export function openOperations(surfaces: readonly Surface[]): readonly string[] {
  return surfaces.flatMap((surface) =>
    surface.operations.flatMap(({ id, open }) => (open === undefined ? [] : [`${surface.name} ${id}: ${open}`])),
  )
}

/** The operations that every signed-in principal may ask, as `surface operation`. */
export async function filteredOperations(surfaces: readonly Surface[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const surface of surfaces) {
    for (const operation of surface.operations) {
      if (operation.open !== undefined) continue
      if ((await requirementsOfSample(surface.name, operation)) === 'filtered')
        found.push(`${surface.name} ${operation.id}`)
    }
  }
  return found
}
