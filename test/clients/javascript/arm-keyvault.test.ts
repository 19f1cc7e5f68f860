import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assignRole, checkout, type Furnished, furnish, RunningServer } from '../../support/running-server.ts'

const program = join(checkout, 'test', 'clients', 'javascript', 'manage-vault.ts')

describe('the newest management SDK of Key Vault for JavaScript', () => {
  let server: RunningServer
  let made: Furnished

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-arm-javascript', app: 'arm-javascript' })
    const scope = `/subscriptions/${server.facts.subscriptionId}`
    await assignRole(server, made.principalId, 'Contributor', scope)
    await assignRole(server, made.principalId, 'Key Vault Purge Operator', scope)
  })
  after(async () => server?.remove())

  const manage = async (name: string, ...more: readonly string[]) => {
    const { subscriptionId, tenantId } = server.facts
    const words = [subscriptionId, made.group, name, tenantId, 'from the control plane', ...more]
    const ran = await server.try(['run', '--app', made.app, '--', process.execPath, program, ...words])
    assert.equal(ran.code, 0, ran.stderr)
    return JSON.parse(ran.stdout)
  }
  const expected = (name: string) => ({
    free: true,
    rbac: true,
    taken: 'AlreadyExists',
    premium: 'premium',
    changed: { a: 'b' },
    secrets: ['db'],
    vaultId: made.vaultId.replace(made.vault, name),
    retainedDays: 7,
    deleted: [name],
    recovered: 'premium',
    listed: true,
    hsms: [],
  })

  test('takes a vault through its whole life, and polls the purge to its end', async () => {
    assert.deepEqual(await manage('kv-arm-whole-life', 'to the end'), { ...expected('kv-arm-whole-life'), purged: [] })
  })

  test('a secret that it set is read by the data plane after the recovery', async () => {
    const name = 'kv-arm-recovered'
    assert.deepEqual(await manage(name), expected(name))
    const scope = made.vaultId.replace(made.vault, name)
    const role = ['--role', 'Key Vault Secrets User', '--assignee', made.operatorId, '--scope', scope]
    await server.command(['role', 'assignment', 'create', ...role, '-o', 'none'])
    const words = ['keyvault', 'secret', 'show', '--vault-name', name, '-n', 'db', '--query', 'value', '-o', 'tsv']
    assert.equal(await server.command(words), 'from the control plane')
  })
})
