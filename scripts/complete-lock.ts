/**
 * Adds to package-lock.json the optional platform packages that a registry did not list, so that `npm ci` works everywhere,
 * and removes download addresses. `--check` only says whether the file is complete. Run after each change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  version?: string
  resolved?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
}

const path = new URL('../package-lock.json', import.meta.url)
const before = readFileSync(path, 'utf8')
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(before)

for (const [name, entry] of Object.entries({ ...lock.packages })) {
  delete entry.resolved
  for (const [dependency, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${dependency}`
    if (lock.packages[place] !== undefined || lock.packages[`${name}/${place}`] !== undefined) continue
    const platform = platformOf(dependency)
    if (platform === undefined) continue
    lock.packages[place] = {
      version: range.replace(/^[\^~]/, ''),
      ...platform,
      dev: entry.dev ?? name !== '',
      optional: true,
    }
  }
}
const packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
const after = `${JSON.stringify({ ...lock, packages }, null, 2)}\n`

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('package-lock.json is not complete: run node scripts/complete-lock.ts')
    process.exitCode = 1
  }
} else writeFileSync(path, after)

/** Operating system and processor, as platform packages carry them in their names. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const system = /(darwin|linux|win32|freebsd|android|openharmony|netbsd|openbsd)/.exec(name)?.[1]
  const processor = /(arm64|x64|ia32|arm|riscv64|ppc64|s390x|loong64|mips64el)(?![a-z0-9])/.exec(name)?.[1]
  if (system === undefined || processor === undefined) return undefined
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined
  return { os: [system], cpu: [processor], ...(libc === undefined ? {} : { libc }) }
}
