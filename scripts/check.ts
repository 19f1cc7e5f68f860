/** Runs every check side by side and fails if one fails: types, format and lint, lost promises, the walls, unused code. */
import { spawn } from 'node:child_process'

const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['promises', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'scripts'],
  ['architecture', process.execPath, '--test', '--test-reporter=dot', 'test/architecture.test.ts'],
  ['unused', 'knip', '--no-progress'],
  ['lock file', process.execPath, 'scripts/complete-lock.ts', '--check'],
]

const results = await Promise.all(
  checks.map(async ([name, command, ...parameters]) => {
    if (command === undefined) throw new Error(`The check ${name} has no command.`)
    const started = performance.now()
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exit) => resolve(exit ?? 1))
    })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
    return { name, code, output: Buffer.concat(output).toString('utf8') }
  }),
)
for (const failed of results.filter((result) => result.code !== 0))
  console.error(`\n--- ${failed.name}\n${failed.output}`)
process.exitCode = results.every((result) => result.code === 0) ? 0 : 1
