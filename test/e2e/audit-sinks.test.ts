import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { health } from '../support/health.ts'
import { operatorToken, RawClient } from '../support/raw-client.ts'
import { type Furnished, furnish, RunningServer } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

interface Delivered {
  readonly operationName: string
  readonly category: string
  readonly resourceId: string
  readonly properties: { readonly requestUri: string }
  readonly strongroom: { readonly sequence: number }
}

describe('an audit sink of a real server', () => {
  let server: RunningServer
  let made: Furnished
  let directory: string
  let sinkFile: string
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'strongroom-sinks-'))
    sinkFile = join(directory, 'siem.jsonl')
    const lost = join(directory, 'no-folder', 'lost.jsonl')
    server = await RunningServer.start({ flags: ['--audit-sink', `siem=file:${sinkFile}`, `lost=file:${lost}`] })
    made = await furnish(server, { vault: 'kv-sinks', app: 'sinks-app' })
  })
  after(async () => {
    await server?.remove()
    rmSync(directory, { recursive: true })
  })

  function delivered(): readonly Delivered[] {
    try {
      return readFileSync(sinkFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    } catch {
      return []
    }
  }

  async function choose(name: string, sink: string, vaultId = made.vaultId): Promise<void> {
    const client = new RawClient(server.facts.httpsPort)
    const token = await operatorToken(server, 'https://management.azure.com')
    const path = `${vaultId}/providers/Microsoft.Insights/diagnosticSettings/${name}?api-version=2021-05-01-preview`
    const body = JSON.stringify({
      properties: {
        workspaceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/${sink}`,
        logs: [{ categoryGroup: 'audit', enabled: true }],
      },
    })
    const answer = await client.send({ method: 'PUT', path, host: 'management.azure.com', token, body })
    client.close()
    assert.equal(answer.status, 200, answer.text)
  }

  const setSecret = (name: string) =>
    server.command(
      ['keyvault', 'secret', 'set', '--vault-name', 'kv-sinks', '-n', name, '--file', '/dev/stdin', '-o', 'none'],
      'canary-sinks-11dd',
    )
  const has = (path: string) => delivered().some(({ properties }) => properties.requestUri.includes(path))

  test('gets the vault’s records in Azure’s form once a setting chooses it, and goes on after a restart', async () => {
    const names = ['-n', 'kv-sinks-other', '-g', made.group]
    const other = await server.command(['keyvault', 'create', ...names, '--query', 'id', '-o', 'tsv'])
    await setSecret('before')
    // The log is followed in order: with a later record of another vault there, what came before a setting is passed.
    await choose('other', 'siem', other)
    await until(() => has('/diagnosticsettings/other'), 'the record of the other setting')
    const passed = delivered().length
    await choose('one', 'siem')
    await setSecret('first')
    await until(() => has('/secrets/first'), 'the first record')
    await server.end('SIGKILL')
    await server.start()
    await setSecret('second')
    await until(() => has('/secrets/second'), 'the record after the restart')
    const records = delivered().slice(passed)
    for (const { category, resourceId } of records) {
      assert.equal(category, 'AuditEvent')
      assert.ok(resourceId.startsWith(made.vaultId.toUpperCase()), resourceId)
    }
    // The delivery that the kill met may have come twice: that of the first record, or of the setting before it.
    const sequences = [...new Set(records.map(({ strongroom }) => strongroom.sequence))]
    assert.deepEqual(
      sequences,
      [...sequences].sort((one, other) => one - other),
    )
    assert.ok(!has('/secrets/before'))
    assert.ok(!readFileSync(sinkFile, 'utf8').includes('canary-sinks-11dd'))
  })

  test('that cannot be written shows among the checks and in the log, and nothing waits for it', async () => {
    await choose('two', 'lost')
    await setSecret('third')
    const readiness = () => health(server.facts, '/readyz')
    await until(async () => JSON.stringify((await readiness()).body).includes('"audit-sinks":"failing"'), 'the check')
    assert.deepEqual(await readiness(), {
      status: 200,
      body: { status: 'ok', checks: { database: 'ok', audit: 'ok', 'audit-sinks': 'failing' } },
    })
    await until(() => server.log.includes('Audit records could not be delivered to a sink.'), 'the line in the log')
    await setSecret('fourth')
    await until(() => has('/secrets/fourth'), 'the record in the sink that works')
  })
})
