import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findAz } from '../support/az.ts'
import { findPython } from '../support/python.ts'
import { checkout, RunningServer } from '../support/running-server.ts'
import { failures, speak, Transcript, titleOf, withoutChance } from '../support/transcript.ts'

const clients = join(checkout, 'test', 'clients', 'python')
const program = join(clients, 'run-snippet.py')
const { az, skip: withoutAz } = await findAz()
const { python, skip: withoutPython } = await findPython(join(clients, 'requirements.txt'))

/** The app with its identity, as the walkthrough before this one left it, and somebody who may write secrets. */
const prerequisites = [
  'export RG=rg-sherpa APP_NAME=secure-server KEY_VAULT_NAME=kv-sherpa-camp1-x7f3q',
  'az group create -n "$RG" -l westeurope -o none',
  'az keyvault create -n "$KEY_VAULT_NAME" -g "$RG" -o none',
  'az containerapp env create -n sherpa -g "$RG" --logs-destination none -o none',
  `az containerapp create -n "$APP_NAME" -g "$RG" --environment sherpa --system-assigned \
    --env-vars KEY_VAULT_URL="https://$KEY_VAULT_NAME.vault.azure.net/" -o none`,
  'export KEY_VAULT_ID=$(az keyvault show -n "$KEY_VAULT_NAME" --query id -o tsv)',
  'az role assignment create --role "Key Vault Secrets Officer" --assignee "$(az ad signed-in-user show --query id -o tsv)" --scope "$KEY_VAULT_ID" -o none',
  `az role assignment create --role "Key Vault Secrets User" --assignee-principal-type ServicePrincipal --scope "$KEY_VAULT_ID" -o none \
    --assignee-object-id "$(az containerapp show -n "$APP_NAME" -g "$RG" --query identity.principalId -o tsv)"`,
]

/** The script of the walkthrough, of which its output is printed: two secrets, and the table of them. */
const migrate = `echo "Creating demo secrets in Key Vault: $KEY_VAULT_NAME"
echo "Creating demo-api-key..."
az keyvault secret set --vault-name "$KEY_VAULT_NAME" --name "demo-api-key" --value "demo-key-value" --output none
echo "Creating external-service-secret..."
az keyvault secret set --vault-name "$KEY_VAULT_NAME" --name "external-service-secret" --value "another-value" --output none
echo "Secrets created in Key Vault!"
echo "Current secrets:"
az keyvault secret list --vault-name "$KEY_VAULT_NAME" --query "[].{Name:name, Enabled:attributes.enabled}" --output table`

/** What it prints, with the widths that az gives a table of these names. */
const expected = `Creating demo secrets in Key Vault: kv-sherpa-camp1-x7f3q
Creating demo-api-key...
Creating external-service-secret...
Secrets created in Key Vault!
Current secrets:
Name                     Enabled
-----------------------  ---------
demo-api-key             True
external-service-secret  True
`

const commands = [...prerequisites, migrate]

/** Runs the program of the walkthrough, its bytes unchanged, as the app. */
async function runPythonProgram({ server }: Transcript) {
  const { code, stdout, stderr } = await server.try(['run', '--app', 'secure-server', '--', python, program])
  return { code, stdout, stderr: code === 0 ? '' : stderr }
}

describe('the second walkthrough: secrets move from the environment to a vault', {
  skip: withoutAz || withoutPython,
}, () => {
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

  test('az prints the secrets that were made, as a table', () => {
    assert.equal(withAz.after(migrate).stdout, expected)
  })

  test('the Python program prints the secret', async () => {
    assert.deepEqual(await runPythonProgram(withAz), { code: 0, stdout: 'demo-key-value\n', stderr: '' })
  })

  test('the environment of the app holds no secret', async () => {
    const { code, stdout } = await withAz.server.try(['run', '--app', 'secure-server', '--', 'env'])
    assert.equal(code, 0)
    assert.match(stdout, /^KEY_VAULT_URL=https:\/\/kv-sherpa-camp1-x7f3q\.vault\.azure\.net\/$/m)
    assert.doesNotMatch(stdout, /demo-key-value|another-value/)
  })

  for (const command of commands) {
    test(`strongroom answers as az does: ${titleOf(command)}`, () => {
      const { code, stdout, stderr } = withStrongroom.after(command)
      assert.equal(code, 0, stderr)
      assert.equal(withoutChance(stdout), withoutChance(withAz.after(command).stdout))
    })
  }

  test('what strongroom set up, the Python program reads too', async () => {
    assert.deepEqual(await runPythonProgram(withStrongroom), { code: 0, stdout: 'demo-key-value\n', stderr: '' })
  })

  test('on what az set up, strongroom prints the same bytes, in each form', async () => {
    const list = 'az keyvault secret list --vault-name kv-sherpa-camp1-x7f3q'
    const reading = ['json', 'tsv', 'table'].map((form) => `${list} -o ${form}`)
    const theirs = await speak(withAz.server, { folder: dirname(az) }, reading)
    const ours = await speak(withAz.server, 'strongroom', reading)
    assert.deepEqual(ours, theirs)
  })
})
