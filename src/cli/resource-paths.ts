/** Resource manager paths, each segment percent-encoded. */
export function groupPath(subscription: string, group: string): string {
  return `/subscriptions/${encodeURIComponent(subscription)}/resourcegroups/${encodeURIComponent(group)}`
}

export function resourcePath(subscription: string, group: string, type: string, name: string): string {
  return `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(group)}/providers/${type}/${encodeURIComponent(name)}`
}

/** Path of a sub-resource under any scope (`/subscriptions/…`); the scope's own segments are encoded one by one. */
export function underScope(scope: string, rest: string): string {
  const segments = scope.split('/').filter((segment) => segment !== '')
  return `${segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')}/${rest}`
}
