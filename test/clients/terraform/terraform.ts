/**
 * The real Terraform with the newest azurerm provider, through the session proxy on literal names: apply, a second plan, destroy.
 * `npm run test:terraform`; not among the quick suites, for the provider has to be built first. What it sends is replayed there,
 * in test/e2e/terraform-sequence.test.ts.
 */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { missing } from '../../support/components.ts'
import { assignRole, type Finished, RunningServer } from '../../support/running-server.ts'
import { buildProvider } from './provider.ts'

const skip =
  missing('terraform', ['version']) ||
  missing('go', ['list', '-C', import.meta.dirname, '-m'], 'Go 1.26 or newer is not installed')
const secretValue = 'from-a-plan-1f6d'

describe('the real Terraform with the azurerm provider', { skip, timeout: 3_600_000 }, () => {
  let folder: string
  let server: RunningServer

  before(async () => {
    const provider = await buildProvider()
    folder = mkdtempSync(join(tmpdir(), 'strongroom-terraform-'))
    server = await RunningServer.start()
    const { tenantId, subscriptionId } = server.facts
    const subscription = `/subscriptions/${subscriptionId}`
    const application: { appId: string; objectId: string; password: string } = JSON.parse(
      await server.command(['ad', 'sp', 'create-for-rbac', '-n', 'terraform']),
    )
    await assignRole(server, application.objectId, 'Owner', subscription)
    await assignRole(server, application.objectId, 'Key Vault Secrets Officer', subscription)
    const operator = await server.command(['ad', 'signed-in-user', 'show', '--query', 'id', '-o', 'tsv'])
    const officer = ['role', 'assignment', 'create', '--role', 'Key Vault Secrets Officer', '--assignee', operator]
    await server.command([...officer, '--scope', subscription, '-o', 'none'])
    copyFileSync(join(import.meta.dirname, 'main.tf'), join(folder, 'main.tf'))
    const variables = {
      tenant_id: tenantId,
      subscription_id: subscriptionId,
      client_id: application.appId,
      client_secret: application.password,
      secret_value: secretValue,
    }
    writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(variables), { mode: 0o600 })
    const overrides = `provider_installation {\n  dev_overrides {\n    "hashicorp/azurerm" = ${JSON.stringify(provider)}\n  }\n  direct {}\n}\n`
    writeFileSync(join(folder, 'terraform.rc'), overrides)
  })
  after(async () => {
    await server?.remove()
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })

  /** Runs one command of Terraform in the session of `strongroom shell`, shows what it prints and gives it back. */
  async function terraform(command: string, ...options: readonly string[]): Promise<Finished> {
    const words = ['terraform', `-chdir=${folder}`, command, '-no-color', '-input=false', ...options]
    const settings = [`TF_CLI_CONFIG_FILE=${join(folder, 'terraform.rc')}`, 'CHECKPOINT_DISABLE=1']
    const finished = await server.try(['shell', '--', 'env', ...settings, ...words])
    process.stdout.write(`$ terraform ${command} ${options.join(' ')}\n${finished.stdout}`)
    return finished
  }

  test('apply makes the five resources', async () => {
    const applied = await terraform('apply', '-auto-approve')
    assert.equal(applied.code, 0, applied.stderr)
    assert.match(applied.stdout, /^Apply complete! Resources: 5 added, 0 changed, 0 destroyed\.$/m)
    assert.equal(applied.stdout.includes(secretValue), false)
    const shown = ['keyvault', 'secret', 'show', '--vault-name', 'kv-terraform', '-n', 'database-password']
    assert.equal(await server.command([...shown, '--query', 'value', '-o', 'tsv']), secretValue)
  })

  test('a second plan is empty', async () => {
    const planned = await terraform('plan', '-detailed-exitcode')
    assert.deepEqual([planned.code, planned.stderr.includes('Error')], [0, false], planned.stderr)
    assert.match(planned.stdout, /^No changes\. Your infrastructure matches the configuration\.$/m)
  })

  test('a change outside is seen, and applied away', async () => {
    const set = ['keyvault', 'secret', 'set-attributes', '--vault-name', 'kv-terraform', '-n', 'database-password']
    await server.command([...set, '--tags', 'changed=outside', '-o', 'none'])
    const planned = await terraform('plan', '-detailed-exitcode')
    assert.equal(planned.code, 2, planned.stderr)
    assert.match(planned.stdout, /^Plan: 0 to add, 1 to change, 0 to destroy\.$/m)
    const applied = await terraform('apply', '-auto-approve')
    assert.equal(applied.code, 0, applied.stderr)
    assert.match(applied.stdout, /^Apply complete! Resources: 0 added, 1 changed, 0 destroyed\.$/m)
  })

  test('destroy leaves nothing', async () => {
    const destroyed = await terraform('destroy', '-auto-approve')
    assert.equal(destroyed.code, 0, destroyed.stderr)
    assert.match(destroyed.stdout, /^Destroy complete! Resources: 5 destroyed\.$/m)
    for (const list of [
      ['group', 'list'],
      ['keyvault', 'list'],
      ['keyvault', 'list-deleted'],
      ['identity', 'list'],
    ]) {
      assert.deepEqual(JSON.parse(await server.command(list)), [], list.join(' '))
    }
    const assignments: { scope: string }[] = JSON.parse(await server.command(['role', 'assignment', 'list', '--all']))
    assert.deepEqual(
      assignments.filter(({ scope }) => scope.includes('kv-terraform')),
      [],
    )
  })
})
