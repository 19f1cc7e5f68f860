import { spawnSync } from 'node:child_process'

/**
 * Whether an outside component that a suite needs is there. Missing in CI it is an error; on a person's machine the suite is
 * skipped visibly, with the reason: `test('…', { skip: missing('python3', ['--version']) }, …)`.
 */
export function missing(
  command: string,
  probe: readonly string[],
  because = `${command} is not installed`,
): false | string {
  const found = spawnSync(command, [...probe], { stdio: 'ignore', timeout: 120_000 })
  if (found.error === undefined && found.status === 0) return false
  if (process.env['CI'] !== undefined) throw new Error(`CI needs ${command}: ${because}.`)
  return because
}
