import { CommandError } from './command-error.ts'
import type { JsonRecord } from './json-object.ts'

/** `NAME=value` and `NAME=secretref:SECRET` words as environment variables of a container. */
export function parseVariables(words: readonly string[]): readonly JsonRecord[] {
  return pairsOf(words, 'Environment variables must be in the format "<key>=<value> <key>=secretref:<value> ...".').map(
    ([name, value]) =>
      value.startsWith('secretref:') ? { name, secretRef: value.slice('secretref:'.length) } : { name, value },
  )
}

const secretFormat =
  'Secrets must be in format "<key>=<value> <key>=<value> ..." or "<key>=<keyvaultref:keyvaulturl,identityref:identityId> ...".'

/** `NAME=value` and `NAME=keyvaultref:URL,identityref:ID` words as secrets of an app. */
export function parseSecrets(words: readonly string[]): readonly JsonRecord[] {
  return pairsOf(words, secretFormat).map(([name, text]) => {
    const parts = text.split(',')
    const [first = '', second = ''] = parts
    if (parts.length === 2 && first.startsWith('keyvaultref:') && second.startsWith('identityref:'))
      return {
        name,
        value: '',
        keyVaultUrl: first.slice('keyvaultref:'.length),
        identity: second.slice('identityref:'.length),
      }
    if (parts.length === 1 && first.startsWith('keyvaultref:'))
      throw new CommandError(`Identityref is missing. ${secretFormat}`, 1)
    if (parts.length === 1 && first.startsWith('identityref:'))
      throw new CommandError(`Keyvaultref is missing. ${secretFormat}`, 1)
    return { name, value: text, keyVaultUrl: '', identity: '' }
  })
}

/** Variables or secrets with others put in: in place of those of the same name, else behind them. */
export function mergeNamed(former: readonly JsonRecord[], added: readonly JsonRecord[]): readonly JsonRecord[] {
  const merged = [...former]
  for (const item of added) {
    const at = merged.findIndex((other) => nameOf(other) === nameOf(item))
    if (at < 0) merged.push(item)
    else merged[at] = { ...item, name: merged[at]?.['name'] }
  }
  return merged
}

/** The name of a variable or secret, as names are compared. */
export function nameOf(item: JsonRecord): string {
  return String(item['name']).toLowerCase()
}

function pairsOf(words: readonly string[], format: string): readonly (readonly [string, string])[] {
  const pairs = new Map<string, string>()
  for (const word of words.filter((given) => given !== '')) {
    const border = word.indexOf('=')
    if (border < 0) throw new CommandError(format, 1)
    const name = word.slice(0, border)
    if (pairs.has(name)) throw new CommandError(`Duplicate name ${name} found; names must be unique.`, 1)
    pairs.set(name, word.slice(border + 1))
  }
  return [...pairs]
}
