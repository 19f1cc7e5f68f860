import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { quiet } from '../support/az.ts'
import { missing } from '../support/components.ts'
import { playTranscript } from '../support/play-transcript.ts'
import { type Finished, finish, type RunningServer } from '../support/running-server.ts'
import { cloudSteps } from '../transcripts/cloud.ts'

const skip = missing('unshare', ['-m', 'true'], 'a mount namespace of its own needs root')
const scratch = mkdtempSync(join(tmpdir(), 'strongroom-cloud-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

/** The names that an installation's owner has in a name service: here in a hosts file that the commands alone see. */
const hosts = '127.0.0.1 localhost management.localhost login.localhost graph.localhost kv-own.vault.localhost\n'
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']

/** Runs a program where a person has no session: no proxy, the installation's root, and az's own folder. */
async function runOutside(server: RunningServer, words: readonly string[]): Promise<Finished> {
  const { tenantId, subscriptionId, caFile } = server.facts
  const robot = JSON.parse(await server.command(['ad', 'sp', 'create-for-rbac', '-n', 'robot']))
  const scope = `/subscriptions/${subscriptionId}`
  const role = ['--role', 'Owner', '--assignee', robot.appId, '--scope', scope, '-o', 'none']
  await server.command(['role', 'assignment', 'create', ...role])
  writeFileSync(join(scratch, 'cloud.json'), await server.command(['cloud-profile']))
  writeFileSync(join(scratch, 'hosts'), hosts)
  const given = {
    ROBOT: robot.appId,
    SECRET: robot.password,
    TENANT: tenantId,
    PROFILE: join(scratch, 'cloud.json'),
    REQUESTS_CA_BUNDLE: caFile,
    AZURE_CORE_INSTANCE_DISCOVERY: 'false',
    AZURE_CONFIG_DIR: join(scratch, 'azure'),
  }
  const mounted = `mount --bind '${join(scratch, 'hosts')}' /etc/hosts && exec "$@"`
  const without = proxies.flatMap((name) => ['-u', name])
  const child = spawn('unshare', ['-m', 'sh', '-c', mounted, 'sh', 'env', ...without, ...quiet, ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...given },
  })
  const { code, stdout, stderr } = await finish(child)
  return { code, stdout, stderr }
}

playTranscript(
  'az: an installation under its own names, without a proxy',
  [{ run: 'cp "$PROFILE" cloud.json' }, ...cloudSteps],
  { skip, runScript: runOutside },
)
