import type { Operation, Refusal, Surface } from '#operation/operation.ts'
import { parseQuery, parseTarget, type TargetFault } from './raw-target.ts'
import { RouteTable } from './routes.ts'

/**
 * What a method and request target come to on one surface. `fault` is answered before authentication; `refusal` after it,
 * for it would tell a stranger what there is.
 */
export type Resolution =
  | { readonly kind: 'fault'; readonly reason: TargetFault }
  | { readonly kind: 'refusal'; readonly refusal: Refusal; readonly open: boolean }
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      readonly apiVersion: string
      readonly path: Readonly<Record<string, string>>
      readonly query: ReadonlyMap<string, string>
    }

const tables = new WeakMap<Surface, RouteTable>()

/** Compiles a surface's routes now. Throws `TypeError` for operations that cannot be told apart, so that a start fails. */
export function compileRoutes(surface: Surface): void {
  if (!tables.has(surface)) tables.set(surface, new RouteTable(surface.operations, surface.apiVersions))
}

/** Pure: depends on nothing but its arguments, so its result may be kept beside them. */
export function resolveTarget(surface: Surface, method: string, target: string): Resolution {
  const raw = parseTarget(target)
  if (typeof raw === 'string') return { kind: 'fault', reason: raw }
  compileRoutes(surface)
  const route = tables.get(surface)?.find(method, raw.segments)
  if (route === undefined || route.kind === 'unknown-route') return refuse({ reason: 'unknown-route' })
  if (route.kind === 'method-not-allowed') return refuse({ reason: 'method-not-allowed', allowed: route.allowed })
  const open = route.choice.first?.open !== undefined
  const query = parseQuery(raw.query)
  if (query === undefined) return refuse({ reason: 'malformed-query' }, open)
  const given = query.get('api-version')
  const chosen = route.choice.select(given)
  if (chosen === undefined) return refuse({ reason: 'api-version', given }, open)
  return { kind: 'operation', ...chosen, path: route.path, query }
}

function refuse(refusal: Refusal, open = false): Resolution {
  return { kind: 'refusal', refusal, open }
}
