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
  return sql<SqlBool>`(${atOrAbove} or ${underneath(field, scope)})`
}

/** Rows of assignments at these scopes and underneath them. */
export function withinScopes(scopes: readonly Scope[]): RawBuilder<SqlBool> {
  const field = sql.ref<string>('role_assignment.scope_canonical')
  if (scopes.some(({ segments }) => segments.length === 0)) return sql<SqlBool>`1 = 1`
  const each = scopes.map((scope) => sql<SqlBool>`${field} = ${scope.path} or ${underneath(field, scope)}`)
  return each.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`(${sql.join(each, sql` or `)})`
}

/** '0' is the character after '/', and text compares by bytes on both engines: the range is what starts with `path/`. */
function underneath(field: RawBuilder<string>, { path }: Scope): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${field} > ${`${path}/`} and ${field} < ${`${path}0`})`
}
