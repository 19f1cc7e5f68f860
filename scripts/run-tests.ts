/**
 * Runs test suites: `node scripts/run-tests.ts all | unit | contract | clients | e2e | fault | fuzz | terraform …`; `all` leaves out
 * the slow ones. Fails when a test fails, and when a suite runs fewer tests than `test/counts.json` says it has (`--update-counts`
 * writes that file).
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

interface Suite {
  readonly files: readonly string[]
  readonly concurrency: number
  /** Run only when it is named: it takes longer than all others together. */
  readonly slow?: true
}

const suites: Readonly<Record<string, Suite>> = {
  unit: { files: ['src/**/*.test.ts', 'test/*.test.ts'], concurrency: availableParallelism() },
  contract: { files: ['test/contract/**/*.test.ts'], concurrency: availableParallelism() },
  fuzz: { files: ['test/fuzz/**/*.test.ts'], concurrency: availableParallelism() },
  clients: { files: ['test/clients/**/*.test.ts'], concurrency: availableParallelism() },
  e2e: { files: ['test/e2e/**/*.test.ts'], concurrency: availableParallelism() },
  // Faults measure order and recovery under load: one at a time.
  fault: { files: ['test/fault/**/*.test.ts'], concurrency: 1 },
  terraform: { files: ['test/clients/terraform/terraform.ts'], concurrency: 1, slow: true },
}

/** Ends a file that hangs. The longest take three to four minutes on two cores. */
const fileMilliseconds = 1_800_000

const countsPath = new URL('../test/counts.json', import.meta.url)
const counts: Record<string, number> = JSON.parse(readFileSync(countsPath, 'utf8'))
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const quick = Object.keys(suites).filter((name) => suites[name]?.slow !== true)
const wanted = names.length === 0 || names.includes('all') ? quick : names
let failed = 0
let passed = 0
let skipped = 0

for (const name of wanted) {
  const suite = suites[name]
  if (suite === undefined) throw new Error(`There is no suite '${name}'. Suites: ${Object.keys(suites).join(', ')}.`)
  const files = globSync([...suite.files])
    .filter((file) => !file.includes('node_modules'))
    .sort()
  console.log(`\n=== ${name}: ${files.length} files`)
  const ran = await runSuite(files, suite)
  passed += ran.passed
  failed += ran.failed
  skipped += ran.skipped
  const expected = counts[name] ?? 0
  const total = ran.passed + ran.failed + ran.skipped
  console.log(
    `=== ${name}: ${ran.passed} passed, ${ran.failed} failed, ${ran.skipped} skipped (at least ${expected} expected)`,
  )
  if (process.argv.includes('--update-counts')) counts[name] = total
  else if (total < expected) {
    console.error(`The suite ${name} ran ${total} tests; it has at least ${expected}.`)
    failed++
  }
  if (ran.skipped > 0 && process.env['CI'] !== undefined) {
    console.error(`The suite ${name} skipped ${ran.skipped} tests; nothing may be skipped in CI.`)
    failed++
  }
}
if (process.argv.includes('--update-counts')) writeFileSync(countsPath, `${JSON.stringify(counts, null, 2)}\n`)
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)

async function runSuite(
  files: readonly string[],
  { concurrency, slow }: Suite,
): Promise<{ passed: number; failed: number; skipped: number }> {
  const result = { passed: 0, failed: 0, skipped: 0 }
  if (files.length === 0) return result
  const stream = run({ files: [...files], concurrency, timeout: slow === true ? 3_600_000 : fileMilliseconds })
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite' || isFile(event.name)) return
    if (event.skip !== undefined && event.skip !== false) result.skipped++
    else result.passed++
  })
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite') return
    result.failed++
  })
  const output = stream.compose(new spec())
  output.pipe(process.stdout)
  await new Promise<void>((resolve, reject) => {
    output.on('end', resolve)
    output.on('error', reject)
  })
  return result
}

/** A file without tests of its own is reported as one test named after the file. */
function isFile(name: string): boolean {
  return name.endsWith('.test.ts')
}
