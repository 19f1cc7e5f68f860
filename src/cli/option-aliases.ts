import type { Command, CommandOption } from './command.ts'

/** The command that the leading words name; the longest path wins. */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  return commands
    .filter((command) => command.path.split(' ').every((word, at) => words[at] === word))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

/**
 * The words with every alias of an option (`-g`, `--resource-group` of `group create`) in its own spelling, and with every
 * beginning that only one option has (`--vault`) written out, as az takes them.
 */
export function withoutAliases(words: readonly string[], options: readonly CommandOption[]): readonly string[] {
  const names = new Map<string, string>(
    options.flatMap((option) => [option.name, ...(option.aliases ?? [])].map((alias) => [alias, option.name] as const)),
  )
  return words.map((word) => {
    const border = word.startsWith('--') ? word.indexOf('=') : -1
    const spelled = border < 0 ? word : word.slice(0, border)
    const name = names.get(spelled) ?? onlyNameBeginningWith(spelled, names)
    return name === undefined ? word : name + (border < 0 ? '' : word.slice(border))
  })
}

function onlyNameBeginningWith(spelled: string, names: ReadonlyMap<string, string>): string | undefined {
  if (!/^--[a-z]/.test(spelled)) return undefined
  const found = new Set([...names].filter(([alias]) => alias.startsWith(spelled)).map(([, name]) => name))
  return found.size === 1 ? [...found][0] : undefined
}
