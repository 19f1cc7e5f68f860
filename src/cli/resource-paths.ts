import { CommandError } from './command-error.ts'

/** Resource manager paths, each segment percent-encoded. */
export function groupPath(subscription: string, group: string): string {
  return `/subscriptions/${encodeURIComponent(subscription)}/resourcegroups/${encodeURIComponent(group)}`
}

export function resourcePath(subscription: string, group: string, type: string, name: string): string {
  return `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(group)}/providers/${type}/${encodeURIComponent(name)}`
}

/** Path of a sub-resource under any scope (`/subscriptions/…`); the scope's own segments are encoded one by one. */
export function underScope(scope: string, rest: string): string {
  return `${encodedPath(scope)}/${rest}`
}

/** A resource id as a path, its segments encoded one by one. */
export function encodedPath(id: string): string {
  const segments = id.split('/').filter((segment) => segment !== '')
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')
}

/** The parts of `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME`. Throws `CommandError` (2) for another text. */
export function partsOfResourceId(id: string): {
  readonly subscription: string
  readonly group: string
  readonly name: string
} {
  const found = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/[^/]+\/[^/]+\/([^/]+)\/?$/i.exec(id)
  const [, subscription, group, name] = found ?? []
  if (subscription === undefined || group === undefined || name === undefined)
    throw new CommandError(`invalid resource ID: ${id}`, 2)
  return { subscription, group, name }
}
