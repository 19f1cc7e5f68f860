import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

describe('the pages', () => {
  test('the request path names only files that exist', () => {
    const text = readFileSync(join(root, 'docs/request-path.md'), 'utf8')
    const named = [...text.matchAll(/`((?:src|test)\/[^`]+\.ts)`/g)].flatMap((match) => match[1] ?? [])
    assert.ok(named.length > 15)
    assert.deepEqual(
      named.filter((path) => !existsSync(join(root, path))),
      [],
    )
  })

  test('links between pages lead somewhere', () => {
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .flatMap((match) => match[1] ?? [])
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} -> ${target}`),
    )
    assert.deepEqual(broken, [])
  })

  test('every decision is numbered once', () => {
    const numbers = globSync('docs/decisions/*.md', { cwd: root }).map((page) => page.split('/').at(-1)?.slice(0, 4))
    assert.equal(new Set(numbers).size, numbers.length)
  })
})
