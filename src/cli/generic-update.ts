import { isObject } from '#base/json.ts'
import type { CommandArguments, CommandOption } from './command.ts'
import { CommandError } from './command-error.ts'
import type { JsonRecord } from './json-object.ts'

/** az's way of changing any member of a resource: `--set a.b=1`, `--add tags.list x`, `--remove properties.c`. */
export const genericUpdateOptions: readonly CommandOption[] = [
  { name: '--set', takes: 'list', summary: 'Set a member: path.to.it=VALUE ...' },
  { name: '--add', takes: 'list', summary: 'Add to a list: path.to.it VALUE' },
  { name: '--remove', takes: 'list', summary: 'Remove a member, or one of a list: path.to.it [INDEX]' },
]

/** The resource with what `--set`, `--add` and `--remove` ask for. Throws `CommandError` (2) for paths that lead nowhere. */
export function applyGenericUpdate(resource: JsonRecord, given: CommandArguments): JsonRecord {
  const changed: unknown = structuredClone(resource)
  for (const word of given.list('set') ?? []) {
    const border = word.indexOf('=')
    if (border < 1) throw new CommandError('--set takes path=VALUE words.', 2)
    const { parent, name } = placeOf(changed, word.slice(0, border), true)
    setMember(parent, name, wordValue(word.slice(border + 1)))
  }
  const [addPath, ...added] = given.list('add') ?? []
  if (addPath !== undefined) addMembers(changed, addPath, added)
  const [removePath, index] = given.list('remove') ?? []
  if (removePath !== undefined) removeMember(changed, index === undefined ? removePath : `${removePath}[${index}]`)
  return isObject(changed) ? changed : resource
}

function addMembers(root: unknown, path: string, words: readonly string[]): void {
  const { parent, name } = placeOf(root, path, true)
  const list = memberOf(parent, name)
  if (list !== undefined && list !== null && !Array.isArray(list))
    throw new CommandError(`--add takes the path of a list; '${path}' is none.`, 2)
  setMember(parent, name, [...(Array.isArray(list) ? list : []), ...words.map(wordValue)])
}

function removeMember(root: unknown, path: string): void {
  const { parent, name } = placeOf(root, path, false)
  if (Array.isArray(parent)) parent.splice(Number(name), 1)
  else if (isWritable(parent) && name in parent) delete parent[name]
  else throw new CommandError(`Couldn't find '${path}'.`, 2)
}

/** The object or list that holds the last member of a path; `makes` adds the objects that are not there yet. */
function placeOf(root: unknown, path: string, makes: boolean): { readonly parent: unknown; readonly name: string } {
  const names = path
    .replace(/\[(-?\d+)\]/g, '.$1')
    .split('.')
    .filter((name) => name !== '')
  const last = names.pop()
  if (last === undefined) throw new CommandError('A path names at least one member.', 2)
  let parent = root
  for (const name of names) {
    const inner = memberOf(parent, name)
    if ((inner === undefined || inner === null) && makes) setMember(parent, name, {})
    parent = memberOf(parent, name)
    if (typeof parent !== 'object' || parent === null)
      throw new CommandError(`Couldn't find '${name}' in '${path}'.`, 2)
  }
  return { parent, name: last }
}

function memberOf(parent: unknown, name: string): unknown {
  if (Array.isArray(parent)) return parent.at(Number(name))
  return isObject(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined
}

function setMember(parent: unknown, name: string, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(name)] = value
  else if (isWritable(parent))
    Object.defineProperty(parent, name, { value, enumerable: true, writable: true, configurable: true })
}

function isWritable(value: unknown): value is Record<string, unknown> {
  return isObject(value)
}

/** JSON where the word is JSON, else the word itself. */
function wordValue(word: string): unknown {
  try {
    return JSON.parse(word)
  } catch {
    return word
  }
}
