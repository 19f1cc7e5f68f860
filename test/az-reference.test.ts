import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Step, wordsOfAz } from './transcripts/step.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const page = readFileSync(join(root, 'docs', 'reference', 'az.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([a-z -]+)` \| (.+) \|$/gm)].map(([, command = '', state = '']) => ({
  command,
  state,
}))

/** Every step of every transcript. */
async function allSteps(): Promise<readonly Step[]> {
  const files = globSync('test/transcripts/*.ts', { cwd: root }).filter((file) => !file.endsWith('/step.ts'))
  const modules: readonly Record<string, unknown>[] = await Promise.all(
    files.map((file) => import(pathToFileURL(join(root, file)).href)),
  )
  return modules.flatMap((exported) => Object.values(exported).flatMap((steps) => (isSteps(steps) ? steps : [])))
}

function isSteps(value: unknown): value is readonly Step[] {
  return Array.isArray(value) && value.every((step) => typeof step === 'object' && step !== null && 'run' in step)
}

describe('the page about az', () => {
  test('names as working what the transcripts ran to success, and as not served what only failed', async () => {
    const ran = new Map<string, boolean>()
    for (const step of await allSteps()) {
      const words = wordsOfAz(step)
      if (words !== undefined) ran.set(words, (step.code ?? 0) === 0 || ran.get(words) === true)
    }
    const expected = [...ran].map(([command, works]) => `${command}: ${works ? 'works' : 'not served'}`)
    const named = rows.map(({ command, state }) => {
      assert.match(state, /^(works$|differs: .|not served$|not served: .)/, command)
      return `${command}: ${state.startsWith('not served') ? 'not served' : 'works'}`
    })
    assert.ok(ran.size > 150)
    assert.deepEqual(named.sort(), expected.sort())
  })
})
