/**
 * Writes docs/reference/operations.md, permissions.md, errors.md and cli.md from the values and the source that serve them.
 * `--check` writes nothing and fails when a page would differ.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { renderReference } from './reference/render-reference.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const checks = process.argv.includes('--check')
mkdirSync(folder, { recursive: true })
for (const [name, text] of await renderReference()) {
  const path = new URL(name, folder)
  if (!checks) writeFileSync(path, text)
  else if (readIfPresent(path) !== text) {
    console.error(`docs/reference/${name} is not what the source says: run npm run build`)
    process.exitCode = 1
  }
}

function readIfPresent(path: URL): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
