import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findAz } from '../support/az.ts'
import { findPython } from '../support/python.ts'
import { checkout, RunningServer } from '../support/running-server.ts'
import { failures, speak, Transcript, titleOf, withoutChance } from '../support/transcript.ts'

const clients = join(checkout, 'test', 'clients', 'python')
const program = join(clients, 'seed-000.py')
const { az, skip: withoutAz } = await findAz()
const { python, skip: withoutPython } = await findPython(join(clients, 'requirements.txt'))

/** What the walkthrough takes for granted: a container app, a vault with RBAC, and somebody who may write its secrets. */
const prerequisites = [
  'export RG=rg-walkthrough APP_NAME=python-app KEY_VAULT_NAME=kv-walkthrough-000',
  'az group create --name "$RG" --location westeurope',
  'az keyvault create --name "$KEY_VAULT_NAME" --resource-group "$RG" --location westeurope',
  'az containerapp env create --name "env-$APP_NAME" --resource-group "$RG" --location westeurope',
  'az containerapp create --name "$APP_NAME" --resource-group "$RG" --environment "env-$APP_NAME"',
  `az role assignment create --role "Key Vault Secrets Officer" --assignee "$(az ad signed-in-user show --query id -o tsv)" --scope "$(
    az keyvault show --name "$KEY_VAULT_NAME" --query id -o tsv)"`,
]

/** The commands as they are printed, by their step. Only the shell's variables above are filled in. */
const printed = {
  identityAssign: String.raw`az containerapp identity assign \
--name "$APP_NAME" \
--resource-group "$RG" \
--system-assigned`,
  principalId: String.raw`export PRINCIPAL_ID=$(az containerapp show \
--name "$APP_NAME" \
--resource-group "$RG" \
--query "identity.principalId" \
--output tsv)`,
  keyVaultId: String.raw`export KEY_VAULT_ID=$(az keyvault show \
--name "$KEY_VAULT_NAME" \
--resource-group "$RG" \
--query "id" \
--output tsv)`,
  roleAssignmentCreate: String.raw`az role assignment create \
--assignee-object-id "$PRINCIPAL_ID" \
--assignee-principal-type ServicePrincipal \
--role "Key Vault Secrets User" \
--scope "$KEY_VAULT_ID"`,
  secretSet: String.raw`az keyvault secret set \
--vault-name "$KEY_VAULT_NAME" \
--name "api-base-url" \
--value "https://example.internal"`,
  containerAppUpdate: String.raw`az containerapp update \
--name "$APP_NAME" \
--resource-group "$RG" \
--set-env-vars KEY_VAULT_URL="https://$KEY_VAULT_NAME.vault.azure.net/"`,
}

/** The verification steps. The first is named there and not printed; the one between them reads the logs of a running app. */
const verification = {
  roleAssignmentList: 'az role assignment list --assignee "$PRINCIPAL_ID" --scope "$KEY_VAULT_ID"',
  roleAssignmentTable: 'az role assignment list --assignee "$PRINCIPAL_ID" --scope "$KEY_VAULT_ID" --output table',
  secretMetadata: String.raw`az keyvault secret show \
--vault-name "$KEY_VAULT_NAME" \
--name "api-base-url" \
--query "{name:name,enabled:attributes.enabled,updated:attributes.updated}"`,
}

const variables = [prerequisites[0] ?? '', printed.principalId, printed.keyVaultId]
const tell = 'echo "$PRINCIPAL_ID $KEY_VAULT_ID"'
const commands = [...prerequisites, ...Object.values(printed), ...Object.values(verification), tell]

/** Runs the program of step 4, unchanged, as the app. */
async function runPythonProgram({ server }: Transcript) {
  const { code, stdout, stderr } = await server.try(['run', '--app', 'python-app', '--', python, program])
  return { code, stdout, stderr: code === 0 ? '' : stderr }
}

describe('the first walkthrough: secrets of a Python container app', { skip: withoutAz || withoutPython }, () => {
  const servers: RunningServer[] = []
  let withAz: Transcript
  let withStrongroom: Transcript
  before(async () => {
    servers.push(await RunningServer.start(), await RunningServer.start())
    const [first, second] = servers
    assert.ok(first !== undefined && second !== undefined)
    ;[withAz, withStrongroom] = await Promise.all([
      Transcript.of(first, { folder: dirname(az) }, commands),
      Transcript.of(second, 'strongroom', commands),
    ])
  })
  after(async () => {
    for (const server of servers) await server.remove()
  })

  test('az ends each command with 0', () => {
    assert.deepEqual(failures(withAz), [])
  })

  test('step 1: az gives the app an identity, and its principal', () => {
    const [principalId] = withAz.after(tell).stdout.split(' ')
    assert.match(principalId ?? '', /^[0-9a-f-]{36}$/)
    assert.deepEqual(withAz.json(printed.identityAssign), {
      principalId,
      tenantId: withAz.server.facts.tenantId,
      type: 'SystemAssigned',
    })
  })

  test('step 2: az gives the identity the role at the vault', () => {
    const [principalId, vaultId] = withAz.after(tell).stdout.trim().split(' ')
    assert.equal(
      vaultId,
      `/subscriptions/${withAz.server.facts.subscriptionId}/resourceGroups/rg-walkthrough/providers/Microsoft.KeyVault/vaults/kv-walkthrough-000`,
    )
    const { principalType, scope, ...assignment } = withAz.json(printed.roleAssignmentCreate)
    assert.deepEqual(
      [assignment.principalId, principalType, scope, assignment.roleDefinitionId.split('/').at(-1)],
      [principalId, 'ServicePrincipal', vaultId, '4633458b-17de-408a-b874-0445c86b69e6'],
    )
  })

  test('step 3: az sets the secret and the variable of the app', () => {
    const { name, value, id } = withAz.json(printed.secretSet)
    assert.deepEqual([name, value], ['api-base-url', 'https://example.internal'])
    assert.match(id, /^https:\/\/kv-walkthrough-000\.vault\.azure\.net\/secrets\/api-base-url\/[0-9a-f]{32}$/)
    const [container] = withAz.json(printed.containerAppUpdate).properties.template.containers
    // az leaves values of variables out of what it prints; the program of step 4 needs it.
    assert.deepEqual(container.env, [{ name: 'KEY_VAULT_URL' }])
  })

  test('step 4: the Python program prints the secret', async () => {
    assert.deepEqual(await runPythonProgram(withAz), { code: 0, stdout: 'https://example.internal\n', stderr: '' })
  })

  test('verification: az lists the role assignment', () => {
    const [principalId, vaultId] = withAz.after(tell).stdout.trim().split(' ')
    const listed = withAz.json(verification.roleAssignmentList)
    assert.deepEqual(
      listed.map(({ roleDefinitionName, scope, ...one }: Record<string, string>) => [
        one['principalId'],
        roleDefinitionName,
        scope,
      ]),
      [[principalId, 'Key Vault Secrets User', vaultId]],
    )
    const [header, rule, row, ...rest] = withAz.after(verification.roleAssignmentTable).stdout.trimEnd().split('\n')
    assert.match(header ?? '', /^Principal +Role +Scope$/)
    assert.match(rule ?? '', /^-+ {2}-+ {2}-+$/)
    assert.deepEqual(row?.split(/ {2,}/).slice(1), ['Key Vault Secrets User', vaultId])
    assert.deepEqual(rest, [])
  })

  test('verification: az shows the metadata of the secret, and no value', () => {
    const { stdout } = withAz.after(verification.secretMetadata)
    assert.equal(
      withoutChance(stdout),
      '{\n  "enabled": true,\n  "name": "api-base-url",\n  "updated": "2000-01-01T00:00:00+00:00"\n}\n',
    )
  })

  for (const command of commands) {
    test(`strongroom answers as az does: ${titleOf(command)}`, () => {
      const { code, stdout, stderr } = withStrongroom.after(command)
      assert.equal(code, 0, stderr)
      assert.equal(withoutChance(stdout), withoutChance(withAz.after(command).stdout))
    })
  }

  test('what strongroom set up, the Python program reads too', async () => {
    const ran = await runPythonProgram(withStrongroom)
    assert.deepEqual(ran, { code: 0, stdout: 'https://example.internal\n', stderr: '' })
  })

  test('on what az set up, strongroom reads the same bytes', async () => {
    const reading = Object.values(verification)
    const ours = await speak(withAz.server, 'strongroom', [...variables, ...reading])
    assert.deepEqual(
      ours.slice(variables.length).map(({ stdout }) => stdout),
      reading.map((command) => withAz.after(command).stdout),
    )
  })
})
