import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missing } from '../support/components.ts'
import { runStrongroom } from '../support/strongroom-process.ts'

/** What each shell is asked: the words typed so far, the last one begun. */
const questions = [
  { words: ['keyv'], offers: ['keyvault'], never: ['group'] },
  { words: ['keyvault', 'secret', 's'], offers: ['set', 'set-attributes', 'show', 'show-deleted'], never: ['delete'] },
  { words: ['keyvault', 'secret', 'set', '--vault'], offers: ['--vault-name'], never: ['--value'] },
  { words: ['group', 'list', '-o', ''], offers: ['json', 'table', 'tsv', 'yaml'], never: ['--query'] },
  {
    words: ['role', 'assignment', 'create', '--assignee-principal-type', 'S'],
    offers: ['ServicePrincipal'],
    never: [],
  },
  { words: ['completion', ''], offers: ['bash', 'fish', 'zsh'], never: [] },
] as const

/** How a shell tells what it would offer, one to a line, after sourcing the script in `$1`. */
const shells = {
  bash: (words: readonly string[]) => [
    '-c',
    'source "$1"; shift; COMP_WORDS=(strongroom "$@"); COMP_CWORD=$#; _strongroom; printf "%s\\n" "$' +
      '{COMPREPLY[@]}"',
    'bash',
    '{script}',
    ...words,
  ],
  fish: (words: readonly string[]) => [
    '--no-config',
    '-c',
    'source $argv[1]; complete -C "strongroom $argv[2]" | string split -f1 \\t',
    '{script}',
    words.join(' '),
  ],
  zsh: (words: readonly string[]) => [
    '-f',
    '-c',
    // What `compadd` is given; it keeps those that the last word begins.
    'autoload -U compinit && compinit -u -D; source "$1"; last="$argv[-1]"; ' +
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are the shell's.
      'for word in $(_strongroom_found "${(@)argv[2,-2]}"); do case "$word" in "$last"*) print -- "$word" ;; esac; done',
    'zsh',
    '{script}',
    ...words,
  ],
} as const

describe('completion', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-completion-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [shell, invocation] of Object.entries(shells)) {
    test(`of ${shell} offers commands, options and choices`, { skip: missing(shell, ['--version']) }, async () => {
      const ran = await runStrongroom(['completion', shell])
      assert.deepEqual([ran.end, ran.stderr], [0, ''])
      const script = join(folder, shell)
      writeFileSync(script, ran.stdout)
      for (const { words, offers, never } of questions) {
        const parameters = invocation(words).map((word) => (word === '{script}' ? script : word))
        const asked = spawnSync(shell, parameters, { encoding: 'utf8', cwd: folder })
        const offered = asked.stdout.split('\n').filter((word) => word !== '')
        assert.equal(asked.stderr, '', `${shell}: ${words.join(' ')}`)
        for (const word of offers)
          assert.ok(offered.includes(word), `${words.join(' ')} offers ${word}: ${asked.stdout}`)
        for (const word of never) assert.ok(!offered.includes(word), `${words.join(' ')} does not offer ${word}`)
      }
    })
  }

  test('of another shell is refused', async () => {
    const ran = await runStrongroom(['completion', 'tcsh'])
    assert.deepEqual([ran.end, ran.stdout.toString(), ran.stderr], [2, '', 'ERROR: Choose a shell: bash, zsh, fish.\n'])
  })
})
