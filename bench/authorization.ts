/**
 * `node bench/authorization.ts`: what role assignments of others cost a call and a list. Prints medians and ratios as JSON and fails
 * when a ratio is over its budget. `--few N`, `--many N`, `--rounds N`, `--engine sqlite | postgres`.
 */
import { parseArgs } from 'node:util'
import { measureAuthorization } from './authorization-scale.ts'

const { values: flags } = parseArgs({
  options: {
    few: { type: 'string', default: '100' },
    many: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '300' },
    engine: { type: 'string', default: 'sqlite' },
  },
})
const options = {
  engine: flags.engine,
  few: Number(flags.few),
  many: Number(flags.many),
  rounds: Number(flags.rounds),
}
const measured = await measureAuthorization(options)
console.log(JSON.stringify({ ...options, measured }, null, 2))
if (measured.some(({ ratio, budget }) => ratio > budget)) process.exitCode = 1
