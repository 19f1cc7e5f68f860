/**
 * `node bench/resource-manager.ts`: GET of a vault through the resource manager, authorised and audited, against a bare server, as
 * `compareWithBare` does it; a round counts only when the server's core was at least 95 % busy. Budget: ratio 0.35. `--rounds N`,
 * `--seconds N`, `--warm-up N`, `--output json`, `--any-load` (count every round: to see that it runs, not to measure).
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compareWithBare } from './compare-with-bare.ts'
import { outputOf } from './load.ts'
import { ServerUnderTest } from './server-under-test.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '6' },
    'warm-up': { type: 'string', default: '10' },
    output: { type: 'string', default: 'text' },
    'any-load': { type: 'boolean', default: false },
  },
})
const host = 'management.azure.com'
const server = new ServerUnderTest([])
try {
  await server.start()
  const figures = await compareWithBare(server, {
    name: 'resource manager',
    host,
    ...(await prepare()),
    rounds: Number(flags.rounds),
    seconds: Number(flags.seconds),
    warmUpSeconds: Number(flags['warm-up']),
    busyEnough: flags['any-load'] ? 0 : 0.95,
  })
  if (flags.output === 'json') console.log(JSON.stringify({ getVault: figures }, null, 2))
  else for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(28)} ${value}`)
} finally {
  await server.remove()
}

/** A vault, and a token of its Owner. */
async function prepare(): Promise<{ readonly path: string; readonly token: string }> {
  await server.command(['group', 'create', '-n', 'rg', '-l', 'westeurope', '-o', 'none'])
  const id = await server.command(['keyvault', 'create', '-n', 'kv-bench', '-g', 'rg', '--query', 'id', '-o', 'tsv'])
  const home = dirname(dirname(fileURLToPath(import.meta.url)))
  const printToken = [process.execPath, join(home, 'test', 'support', 'print-token.ts'), `https://${host}`]
  const shell = ['shell', '--data', server.data, '--', ...printToken]
  const token = (await outputOf(join(home, 'strongroom'), shell)).trim()
  return { path: `${id}?api-version=2026-02-01`, token }
}
