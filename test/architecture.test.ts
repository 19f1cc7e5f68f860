import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Folder -> what it may import, with the reason. Left may import right; surfaces never import each other. */
const core = ['operation', 'authentication', 'authorization', 'directory', 'audit', 'seal', 'storage', 'crypto', 'base']
const rules: Readonly<Record<string, { readonly may: readonly string[]; readonly because: string }>> = {
  base: { may: [], because: 'everything leans on it, so it leans on nothing' },
  crypto: { may: ['base'], because: 'it knows keys and bytes, never whose they are' },
  storage: { may: ['crypto', 'base'], because: 'engines and transactions know no rule of the domain' },
  seal: { may: ['storage', 'crypto', 'base'], because: 'domain keys are rows sealed by a key' },
  audit: { may: ['seal', 'storage', 'crypto', 'base'], because: 'the log must not depend on what it records' },
  directory: {
    may: ['audit', 'seal', 'storage', 'crypto', 'base'],
    because: 'principals exist before anybody may do anything',
  },
  authorization: {
    may: ['directory', 'audit', 'seal', 'storage', 'crypto', 'base'],
    because: 'it decides for principals and never asks who calls',
  },
  authentication: {
    may: ['authorization', 'directory', 'audit', 'seal', 'storage', 'crypto', 'base'],
    because: 'it says who calls, never what they may do',
  },
  operation: { may: core.slice(1), because: 'the gate joins decision, transaction and record, and knows no surface' },
  vault: { may: core, because: 'a surface never imports another surface' },
  token: { may: core, because: 'a surface never imports another surface' },
  identity: { may: core, because: 'a surface never imports another surface' },
  arm: { may: core, because: 'a surface never imports another surface' },
  graph: { may: core, because: 'a surface never imports another surface' },
  containerapps: { may: core, because: 'a surface never imports another surface' },
  control: { may: core, because: 'a surface never imports another surface' },
  http: {
    may: ['operation', 'authentication', 'crypto', 'base'],
    because: 'the edge knows what an operation is and no surface by name',
  },
  app: {
    may: ['http', 'vault', 'token', 'identity', 'arm', 'graph', 'containerapps', 'control', ...core],
    because: 'the one place that constructs things',
  },
  cli: {
    may: ['app', 'audit', 'crypto', 'base'],
    because:
      'commands talk to the server over HTTP like any client; only serve, doctor and the offline audit commands construct',
  },
}

/** Builtins and packages -> the folders (or files) that may use them. */
const modules: Readonly<Record<string, { readonly only: readonly string[]; readonly because: string }>> = {
  'node:crypto': { only: ['crypto/', 'base/random.ts'], because: 'algorithms are chosen in one folder' },
  'node:sqlite': { only: ['storage/sqlite/'], because: 'a driver belongs to its engine' },
  pg: { only: ['storage/postgres/'], because: 'a driver belongs to its engine' },
  jose: { only: [], because: 'it is the reader that tests hold our tokens against' },
  'node:http': { only: ['http/', 'control/', 'cli/'], because: 'only the edge listens; commands are clients' },
  'node:https': { only: ['http/', 'control/', 'cli/'], because: 'only the edge listens; commands are clients' },
  'node:tls': { only: ['http/', 'control/', 'cli/'], because: 'only the edge listens; commands are clients' },
  'node:net': {
    only: ['http/', 'control/', 'cli/', 'app/config.ts'],
    because: 'only the edge listens; commands are clients',
  },
  'node:http2': { only: [], because: 'HTTP/1.1 is what clients speak' },
  'node:child_process': {
    only: ['containerapps/engines/', 'cli/launch.ts'],
    because: 'only these start other programs',
  },
  'node:worker_threads': { only: ['audit/', 'crypto/'], because: 'threads are for hashing and slow keys' },
  pino: { only: ['app/'], because: 'others log through the port in base' },
  commander: { only: ['cli/'], because: 'only the command line parses arguments' },
  'ipaddr.js': { only: ['base/ip-range.ts'], because: 'addresses are read and compared in one way' },
  jmespath: { only: ['cli/'], because: 'queries are a matter of the command line' },
}

interface SourceFile {
  readonly path: string
  readonly folder: string
  readonly text: string
}

function sourceFiles(): SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => {
      const path = relative(join(root, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/')
      return { path, folder: path.split('/')[0] ?? '', text: readFileSync(join(entry.parentPath, entry.name), 'utf8') }
    })
}

const importPattern = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g

function importsOf(file: SourceFile): string[] {
  return [...file.text.matchAll(importPattern)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]))
}

/** The path under src that a specifier names, or undefined for packages and builtins. */
function resolveInside(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file.path), specifier))
  return undefined
}

const files = sourceFiles()
const product = files.filter((file) => !file.path.endsWith('.test.ts'))

describe('the walls of the house', () => {
  test('every folder has a rule and every rule a folder', () => {
    const folders = new Set(files.map((file) => file.folder))
    for (const folder of folders) assert.ok(rules[folder] !== undefined, `src/${folder} has no rule in this table`)
  })

  test('imports between folders run one way', () => {
    const broken: string[] = []
    for (const file of product) {
      for (const specifier of importsOf(file)) {
        const target = resolveInside(file, specifier)?.split('/')[0]
        if (target === undefined || target === file.folder) continue
        const rule = rules[file.folder]
        if (rule === undefined || !rule.may.includes(target))
          broken.push(`${file.path} imports ${specifier}: ${rule?.because ?? 'no rule'}`)
      }
    }
    assert.deepEqual(broken, [])
  })

  test('builtins and packages stay in their folders', () => {
    const broken: string[] = []
    for (const file of product) {
      for (const specifier of importsOf(file)) {
        const name = specifier.startsWith('node:')
          ? specifier.split('/')[0]
          : specifier
              .split('/')
              .slice(0, specifier.startsWith('@') ? 2 : 1)
              .join('/')
        const rule = modules[name ?? '']
        if (rule !== undefined && !rule.only.some((place) => file.path.startsWith(place)))
          broken.push(`${file.path} imports ${specifier}: ${rule.because}`)
      }
    }
    assert.deepEqual(broken, [])
  })

  test('siblings that stand for one another never import each other', () => {
    const broken: string[] = []
    for (const file of product) {
      const plural = /(sinks|sources|engines|grants|providers)\//.exec(file.path)
      if (plural === null) continue
      const home = file.path.slice(0, plural.index + plural[0].length)
      const own = file.path.slice(home.length).split('/')[0] ?? ''
      for (const specifier of importsOf(file)) {
        const target = resolveInside(file, specifier)
        if (target === undefined || !target.startsWith(home)) continue
        const other = target.slice(home.length).split('/')[0] ?? ''
        const isJoint = ['provider.ts', 'source.ts', 'sink.ts', 'grant.ts', 'engine.ts'].includes(other)
        if (other !== own && !isJoint) broken.push(`${file.path} imports its sibling ${specifier}`)
      }
    }
    assert.deepEqual(broken, [])
  })

  test('no import cycle runs through the files', () => {
    const edges = new Map(
      product.map((file) => [
        file.path,
        importsOf(file)
          .flatMap((specifier) => resolveInside(file, specifier) ?? [])
          .filter((path) => path !== file.path),
      ]),
    )
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        const circle = [...trail.slice(trail.indexOf(path)), path]
        cycles.push(circle.join(' -> '))
        return
      }
      state.set(path, 'open')
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of edges.keys()) visit(path, [])
    assert.deepEqual(
      cycles.filter((cycle) => !onlyTypes(cycle)),
      [],
    )
  })

  test('the environment is read in app/config.ts and cli alone', () => {
    const readers = product.filter(
      (file) => /process\.env\b/.test(file.text) && file.path !== 'app/config.ts' && file.folder !== 'cli',
    )
    assert.deepEqual(
      readers.map((file) => file.path),
      [],
    )
  })

  test('handle is called by the gate alone', () => {
    const callers = product.filter((file) => /\boperation\.handle\(/.test(file.text)).map((file) => file.path)
    // The guard is an operation itself, around another one: it is reached through the gate and no other way.
    assert.deepEqual(callers, ['arm/guard.ts', 'operation/invoke.ts'])
  })

  test('only the runtime of apps calls as a trusted service: nothing that came in from outside does', () => {
    const callers = product.filter((file) => /\btrustedService: '/.test(file.text)).map((file) => file.path)
    assert.deepEqual(callers, ['containerapps/read-vault-secret.ts'])
    const carriers = new Set(product.filter((file) => /\btrustedService\b/.test(file.text)).map(({ folder }) => folder))
    assert.deepEqual([...carriers].toSorted(), ['audit', 'containerapps', 'operation', 'vault'])
  })

  test('no file or folder is a drawer for anything', () => {
    const drawers = /(?:^|\/)(utils?|helpers?|common|lib|shared|services?|managers?)(?:\.ts)?(?:\/|$)/
    assert.deepEqual(
      files.map((file) => file.path).filter((path) => drawers.test(path)),
      [],
    )
  })

  test('each folder says what it is for', () => {
    const silent = Object.keys(rules).filter((folder) => {
      const inFolder = product.filter((file) => file.folder === folder)
      return inFolder.length > 0 && !inFolder.some((file) => file.text.startsWith(`/**\n * ${folder}: `))
    })
    assert.deepEqual(silent, [])
  })

  test('only the file that a program begins with is JavaScript', () => {
    const inJavaScript = files.map((file) => file.path).filter((path) => path.endsWith('.js'))
    assert.deepEqual(inJavaScript, ['cli/main.js'])
  })

  test('files are in kebab-case', () => {
    assert.deepEqual(
      files.map((file) => basename(file.path)).filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.[jt]s$/.test(name)),
      [],
    )
  })
})

/** A cycle of `import type` alone disappears when types are stripped. */
function onlyTypes(cycle: string): boolean {
  const path = cycle.split(' -> ')
  return path.slice(0, -1).some((from, at) => {
    const file = product.find((candidate) => candidate.path === from)
    const to = path[at + 1]
    if (file === undefined || to === undefined) return false
    const valueImports = [...file.text.matchAll(/^import\s+(?!type\b)[^'"]*['"]([^'"]+)['"]/gm)].map((match) =>
      resolveInside(file, match[1] ?? ''),
    )
    return !valueImports.includes(to)
  })
}
