import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const module = 'github.com/hashicorp/terraform-provider-azurerm'
const minute = 60_000

/**
 * The folder that holds the azurerm provider of `go.mod`, built once per version under `$XDG_CACHE_HOME`: about 20 minutes of
 * processor time and 3 GB of memory. Rejects with the compiler's words.
 */
export async function buildProvider(): Promise<string> {
  const version = spawnSync('go', ['list', '-C', import.meta.dirname, '-m', '-f', '{{.Version}}', module], {
    encoding: 'utf8',
    timeout: minute,
  }).stdout.trim()
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'strongroom', 'terraform-provider-azurerm', version)
  const provider = join(folder, 'terraform-provider-azurerm')
  if (existsSync(provider)) return folder
  mkdirSync(folder, { recursive: true })
  const started = performance.now()
  const report = setInterval(() => say(`building the provider, ${minutes(started)} minutes so far`), minute)
  say(`building the provider ${version}`)
  try {
    await compile(provider)
  } finally {
    clearInterval(report)
  }
  say(`built the provider in ${minutes(started)} minutes`)
  return folder
}

/** Without optimisation and debug data, and two packages at a time: otherwise one package alone takes 8 GB. */
function compile(provider: string): Promise<void> {
  const flags = ['-C', import.meta.dirname, '-mod=readonly', '-p', '2', '-gcflags=all=-N -l -dwarf=false']
  const child = spawn('go', ['build', ...flags, '-o', provider, module], {
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`The provider could not be built: ${errors.trim()}`))
    })
  })
}

function say(line: string): void {
  process.stderr.write(`terraform: ${line}\n`)
}

function minutes(started: number): string {
  return ((performance.now() - started) / minute).toFixed(1)
}
