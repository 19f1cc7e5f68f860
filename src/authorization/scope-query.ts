import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { rootScope, type Scope } from './scope.ts'

/** The canonical paths of a scope and of all scopes above it, the root first. */
function pathsFromRoot(scope: Scope): readonly string[] {
  const paths = [rootScope.path]
  for (let length = 1; length <= scope.segments.length; length++) {
    paths.push(`/${scope.segments.slice(0, length).join('/')}`)
  }
  return paths
}

/** Rows whose canonical scope is this one or above it and, with `below`, underneath it, at a segment border. */
export function aroundScope(
  column: 'role_assignment.scope_canonical' | 'deny_assignment.scope_canonical',
  scope: Scope,
  below: boolean,
): RawBuilder<SqlBool> {
  const field = sql.ref<string>(column)
  if (below && scope.segments.length === 0) return sql<SqlBool>`1 = 1`
  const atOrAbove = sql<SqlBool>`${field} in (${sql.join(pathsFromRoot(scope))})`
  if (!below) return atOrAbove
  // '0' is the character after '/', and text compares by bytes on both engines: the range is what starts with `path/`.
  return sql<SqlBool>`(${atOrAbove} or (${field} > ${`${scope.path}/`} and ${field} < ${`${scope.path}0`}))`
}
