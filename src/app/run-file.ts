import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `DIR/run.json` says of a running server; commands read it. Nothing in it is secret. */
export interface RunFacts {
  readonly pid: number
  readonly httpsPort: number
  readonly proxyPort: number
  readonly identityPort: number
  readonly healthPort: number
  readonly privateEndpoints: readonly { readonly name: string; readonly address: string; readonly port: number }[]
  readonly controlSocket: string
  readonly domain: string
  readonly tenantId: string
  readonly subscriptionId: string
  readonly caFile: string
  /** For convenience; whoever verifies must have pinned it elsewhere. */
  readonly auditVerifierKey: string
}

const fileName = 'run.json'

/** Writes the file as a whole, so that nobody reads half of it. */
export function writeRunFile(directory: string, facts: RunFacts): void {
  const draft = join(directory, `${fileName}.draft`)
  writeFileSync(draft, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(directory, fileName))
}

export function removeRunFile(directory: string): void {
  rmSync(join(directory, fileName), { force: true })
}
