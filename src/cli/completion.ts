import type { Command, CommandOption } from './command.ts'
import { optionsOf } from './global-options.ts'

export const completionShells = ['bash', 'zsh', 'fish'] as const
export type CompletionShell = (typeof completionShells)[number]

/** What can follow the words typed so far: `keyvault secret` is followed by `set`, `show`, …; a whole command by its options. */
type Table = ReadonlyMap<string, readonly string[]>

/** A script that completes commands, options and the words of options that have a choice, generated from the commands. */
export function completionScript(shell: CompletionShell, commands: readonly Command[]): string {
  const words = tableOfWords(commands)
  const choices = tableOfChoices(commands)
  switch (shell) {
    case 'bash':
      return bashScript(words, choices)
    case 'zsh':
      return zshScript(words, choices)
    case 'fish':
      return fishScript(words, choices)
  }
}

function tableOfWords(commands: readonly Command[]): Table {
  const table = new Map<string, Set<string>>()
  const add = (path: string, word: string): void => {
    table.set(path, (table.get(path) ?? new Set()).add(word))
  }
  for (const command of commands) {
    const parts = command.path.split(' ')
    for (const [at, word] of parts.entries()) add(parts.slice(0, at).join(' '), word)
    for (const option of optionsOf(command)) for (const name of namesOf(option)) add(command.path, name)
    for (const word of command.positional?.placeholder.split('|') ?? [])
      if (/^[a-z]+$/.test(word) && command.path === 'completion') add(command.path, word)
  }
  return new Map([...table].sort(byName).map(([path, found]) => [path, [...found].sort()]))
}

/** The words that options with a choice take; the same everywhere, so that they are named once. */
function tableOfChoices(commands: readonly Command[]): Table {
  const table = new Map<string, readonly string[]>()
  for (const command of commands)
    for (const option of optionsOf(command)) {
      const values = option.takes === 'boolean' ? ['true', 'false'] : option.values
      if (values !== undefined) for (const name of namesOf(option)) table.set(`${command.path} ${name}`, values)
    }
  return new Map([...table].sort(byName))
}

function namesOf(option: CommandOption): readonly string[] {
  return [option.name, ...(option.aliases ?? [])]
}

function byName(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1
}

/** What bash and zsh share. Paths hold letters, digits, blanks and hyphens alone, and words no quotes: nothing needs escaping. */
function posixFunctions(words: Table, choices: Table): string {
  const cases = (table: Table): string =>
    [...table].map(([path, found]) => `    '${path}') printf '%s' '${found.join(' ')}' ;;`).join('\n')
  return `_strongroom_words() {
  case "$1" in
${cases(words)}
  esac
}

_strongroom_choices() {
  case "$1" in
${cases(choices)}
  esac
}

# What can follow these words, with blanks between.
_strongroom_found() {
  local line= last= word= found= options=
  for word in "$@"; do
    last="$word"
    case "$word" in -*) options=yes ;; esac
    if [ -z "$options" ]; then line="\${line:+$line }$word"; fi
  done
  found="$(_strongroom_choices "$line $last")"
  if [ -z "$found" ]; then found="$(_strongroom_words "$line")"; fi
  printf '%s' "$found"
}
`
}

function bashScript(words: Table, choices: Table): string {
  return `# Completion of strongroom's commands for bash: source this file.
${posixFunctions(words, choices)}
_strongroom() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$(_strongroom_found "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}

complete -F _strongroom strongroom ./strongroom
`
}

function zshScript(words: Table, choices: Table): string {
  return `#compdef strongroom
# Completion of strongroom's commands for zsh: source this file, or put it on $fpath as _strongroom.
${posixFunctions(words, choices)}
_strongroom() {
  local found="$(_strongroom_found "\${(@)words[2,CURRENT-1]}")"
  if [ -n "$found" ]; then compadd -- \${=found}; else _files; fi
}

if [ "$funcstack[1]" = _strongroom ]; then _strongroom "$@"; else compdef _strongroom strongroom; fi
`
}

function fishScript(words: Table, choices: Table): string {
  const cases = (table: Table): string =>
    [...table]
      .map(([path, found]) => `        case '${path}'\n            printf '%s\\n' ${found.join(' ')}`)
      .join('\n')
  return `# Completion of strongroom's commands: source this file.
function __strongroom_words
    switch "$argv[1]"
${cases(words)}
    end
end

function __strongroom_choices
    switch "$argv[1]"
${cases(choices)}
    end
end

function __strongroom_complete
    set -l path
    set -l tokens (commandline -opc)
    for word in $tokens[2..-1]
        string match -q -- '-*' $word; and break
        set path $path $word
    end
    set -l found (__strongroom_choices "$path $tokens[-1]")
    if test (count $found) -eq 0
        set found (__strongroom_words "$path")
    end
    printf '%s\\n' $found
end

complete -c strongroom -f -a '(__strongroom_complete)'
`
}
