import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { missing } from './components.ts'
import { checkout } from './running-server.ts'

/** A Java program, compiled, and the libraries it needs. */
interface JavaProgram {
  /** As `java -cp` takes it. */
  readonly classpath: string
}

/**
 * Compiles a folder's `.java` files with the libraries that its `pom.xml` names and its `jars.sha256` pins, both kept under
 * node_modules/.cache. Or the reason why that cannot be done; in CI that is an error.
 */
export function javaProgramOf(folder: string): JavaProgram | { readonly skip: string } {
  const absent = missing('javac', ['-version']) || missing('mvn', ['-version'])
  if (absent !== false) return { skip: absent }
  const sources = readdirSync(folder).filter((file) => file.endsWith('.java'))
  const hash = createHash('sha256')
  for (const file of ['pom.xml', 'jars.sha256', ...sources]) hash.update(readFileSync(join(folder, file)))
  const directory = join(checkout, 'node_modules', '.cache', 'java', hash.digest('hex').slice(0, 16))
  const jars = join(directory, 'jars')
  const classes = join(directory, 'classes')
  const program = { classpath: `${classes}:${join(jars, '*')}` }
  if (existsSync(join(directory, 'complete'))) return program
  mkdirSync(directory, { recursive: true })
  const reason =
    failureOf('mvn', ['-B', '-q', '-C', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], folder) ??
    mismatchOf(jars, join(folder, 'jars.sha256')) ??
    failureOf('javac', ['-encoding', 'UTF-8', '-d', classes, '-cp', join(jars, '*'), ...sources], folder)
  if (reason !== undefined) {
    if (process.env['CI'] !== undefined) throw new Error(reason)
    return { skip: reason }
  }
  writeFileSync(join(directory, 'complete'), '')
  return program
}

function failureOf(command: string, parameters: readonly string[], folder: string): string | undefined {
  const done = spawnSync(command, [...parameters], { cwd: folder, encoding: 'utf8', timeout: 600_000 })
  if (done.status === 0) return undefined
  const output = `${done.stdout}${done.stderr}`.trim().split('\n')
  return `${command} failed: ${output.find((line) => line.includes('ERROR') || line.includes('error:')) ?? output.at(-1)}`
}

/** Why the libraries are not those that were pinned, name by name and byte for byte. */
function mismatchOf(jars: string, pinned: string): string | undefined {
  const found = readdirSync(jars)
    .sort()
    .map(
      (jar) =>
        `${createHash('sha256')
          .update(readFileSync(join(jars, jar)))
          .digest('hex')}  ${jar}`,
    )
  const expected = new Set(readFileSync(pinned, 'utf8').trim().split('\n'))
  const strange = found.find((line) => !expected.has(line))
  if (strange !== undefined) return `${strange} is not in ${pinned}.`
  return found.length === expected.size ? undefined : `${expected.size - found.length} files of ${pinned} are missing.`
}
