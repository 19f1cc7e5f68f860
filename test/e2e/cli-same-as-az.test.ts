import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findAz, runAzCommands } from '../support/az.ts'
import { type Finished, RunningServer } from '../support/running-server.ts'

const { skip } = await findAz()
const formats = ['json', 'tsv', 'table'] as const
/** Of these the other two formats too, which all results go through in the same way. */
const inYaml = [
  'keyvault show -n kv-same',
  'keyvault secret show --vault-name kv-same -n demo-api-key',
  'role definition list',
] as const

/** What is there before the reading commands: `{V}` stands for the id of the vault. */
const furniture = [
  'group create -n same -l westeurope --tags team=red',
  'keyvault create -n kv-same -g same -l westeurope',
  'keyvault create -n kv-same-policies -g same -l westeurope --enable-rbac-authorization false',
  'keyvault create -n kv-same-gone -g same -l westeurope',
  'keyvault delete -n kv-same-gone -g same',
  'keyvault network-rule add -n kv-same --ip-address 127.0.0.0/8 ::1',
  'role assignment create --role "Key Vault Secrets Officer" --assignee operator@strongroom.local --scope {V}',
  'keyvault secret set --vault-name kv-same -n demo-api-key --value one',
  'keyvault secret set --vault-name kv-same -n demo-api-key --value "zwei Ω" --tags a=1 b= --content-type text/plain',
  'keyvault secret set --vault-name kv-same -n external-service-secret --value x --expires 2030-01-01T00:00:00Z',
  'keyvault secret set --vault-name kv-same -n switched-off --value x --disabled true',
  'keyvault secret set --vault-name kv-same -n gone --value x',
  'keyvault secret delete --vault-name kv-same -n gone',
  'identity create -n id-same -g same -l westeurope',
  'identity federated-credential create -n fed-same --identity-name id-same -g same --issuer https://issuer.example --subject s',
  'containerapp env create -n env-same -g same -l westeurope --logs-destination none',
  'containerapp create -n app-same -g same --environment env-same --image docker.io/library/hello:1 --system-assigned ' +
    '--user-assigned id-same --secrets one=1 --env-vars A=1 B=secretref:one --ingress external --target-port 80',
]

/** Commands that only read; each is compared in every format. */
const reading = [
  'account show',
  'account list',
  'account list-locations',
  'ad signed-in-user show',
  'group show -n same',
  'group list',
  'group exists -n same',
  'group exists -n other',
  'keyvault show -n kv-same',
  'keyvault show -n kv-same -g same',
  'keyvault show -n kv-same-policies -g same --query properties.accessPolicies',
  'keyvault list',
  'keyvault list -g same',
  'keyvault list --query [].name',
  'keyvault list-deleted',
  'keyvault show-deleted -n kv-same-gone',
  'keyvault network-rule list -n kv-same',
  'keyvault secret list --vault-name kv-same',
  'keyvault secret list --vault-name kv-same --query [].{Name:name,Enabled:attributes.enabled}',
  'keyvault secret list-versions --vault-name kv-same -n demo-api-key',
  'keyvault secret show --vault-name kv-same -n demo-api-key',
  'keyvault secret show --id https://kv-same.vault.azure.net/secrets/demo-api-key --query value',
  'keyvault secret show --vault-name kv-same -n demo-api-key --query {name:name,enabled:attributes.enabled,updated:attributes.updated}',
  'keyvault secret show --vault-name kv-same -n demo-api-key --query [name,attributes.enabled,tags]',
  'keyvault secret show --vault-name kv-same -n demo-api-key --query nothing',
  'keyvault secret list-deleted --vault-name kv-same',
  'keyvault secret show-deleted --vault-name kv-same -n gone',
  'role assignment list --scope {V}',
  'role assignment list --scope {V} --role "Key Vault Secrets Officer"',
  'role assignment list --all',
  'role assignment list --all --assignee operator@strongroom.local',
  'role definition list --name "Key Vault Secrets User"',
  'role definition list',
  'identity show -n id-same -g same',
  'identity list -g same',
  'identity list',
  'identity federated-credential list --identity-name id-same -g same',
  'identity federated-credential show -n fed-same --identity-name id-same -g same',
  'containerapp env show -n env-same -g same',
  'containerapp env list',
  'containerapp show -n app-same -g same',
  'containerapp show -n app-same -g same --query properties.configuration.ingress.fqdn',
  'containerapp list -g same',
  'containerapp list --query [].name',
  'containerapp identity show -n app-same -g same',
  'containerapp secret list -n app-same -g same',
  'containerapp secret list -n app-same -g same --show-values',
  'containerapp secret show -n app-same -g same --secret-name one',
  'containerapp revision list -n app-same -g same',
]

/** Commands that are refused: az's exit code, and nothing on stdout. */
const refused = [
  'group show -n other',
  'group create -n other',
  'group frobnicate',
  'group list --frobnicate',
  'group list --query [',
  'keyvault show -n kv-other',
  'keyvault show -n kv-other -g same',
  'keyvault create -n kv-same -g same -l westeurope',
  'keyvault secret show --vault-name kv-same -n other',
  'keyvault secret show --vault-name kv-same',
  'keyvault secret show --vault-name kv-same -n switched-off',
  'keyvault secret set --vault-name kv-same -n gone --value x',
  'keyvault purge -n kv-other',
  'keyvault set-policy -n kv-same --object-id 00000000-0000-0000-0000-000000000001 --secret-permissions get',
  'role assignment create --role Nonsense --assignee operator@strongroom.local --scope {V}',
  'role assignment delete --assignee operator@strongroom.local --role Owner --scope {V}',
  'identity show -n other -g same',
  'containerapp show -n other -g same',
  'containerapp secret list -n other -g same',
  'containerapp secret show -n app-same -g same --secret-name other',
]

/** Commands that write, in this order, once by each program on resources of its own (`@` in names). */
const writing = [
  'group create -n twin@ -l westeurope --tags a=b',
  'group update -n twin@ --tags c=d',
  'group update -n twin@ --set tags.e=f',
  'keyvault create -n kv-twin@ -g twin@ -l westeurope --retention-days 7 --tags a=b',
  'keyvault update -n kv-twin@ -g twin@ --retention-days 7 --default-action Allow --bypass None',
  'keyvault network-rule add -n kv-twin@ --ip-address 127.0.0.0/8 192.0.2.7',
  'keyvault network-rule remove -n kv-twin@ --ip-address 192.0.2.7',
  'keyvault create -n kv-twin@-policies -g twin@ --enable-rbac-authorization false --no-self-perms true',
  'keyvault set-policy -n kv-twin@-policies --object-id {O} --secret-permissions get',
  'keyvault set-policy -n kv-twin@-policies --upn operator@strongroom.local --secret-permissions set --key-permissions get',
  'keyvault delete-policy -n kv-twin@-policies --object-id {O}',
  'keyvault delete -n kv-twin@-policies',
  'keyvault recover -n kv-twin@-policies',
  'keyvault delete -n kv-twin@-policies -g twin@',
  'keyvault purge -n kv-twin@-policies',
  'role assignment create --role "Key Vault Secrets Officer" --assignee-object-id {O} --assignee-principal-type User --scope {K}',
  'role assignment create --role "Key Vault Secrets Officer" --assignee {O} --scope {K}',
  'keyvault secret set --vault-name kv-twin@ -n s1 --value one',
  'keyvault secret set --vault-name kv-twin@ -n s2 --file {F} --encoding base64 --content-type text/x --tags a=b',
  'keyvault secret set-attributes --vault-name kv-twin@ -n s1 --content-type text/plain --enabled true --expires 2031-05-06',
  'keyvault secret delete --vault-name kv-twin@ -n s2',
  'keyvault secret recover --vault-name kv-twin@ -n s2',
  'keyvault secret delete --vault-name kv-twin@ -n s2 -o none',
  'keyvault secret purge --vault-name kv-twin@ -n s2',
  'role assignment delete --role "Key Vault Secrets Officer" --assignee {O} --scope {K}',
  'role definition create --role-definition {R}',
  'role definition list --name Twin@ --custom-role-only true',
  'role definition update --role-definition {R}',
  'role definition delete --name Twin@',
  'identity create -n id-twin@ -g twin@ --tags a=b',
  'identity update -n id-twin@ -g twin@ --tags c=d',
  'identity federated-credential create -n fed-twin --identity-name id-twin@ -g twin@ --issuer https://issuer.example/@ ' +
    '--subject s --audiences api://AzureADTokenExchange',
  'identity federated-credential update -n fed-twin --identity-name id-twin@ -g twin@ --subject t',
  'identity federated-credential delete -n fed-twin --identity-name id-twin@ -g twin@ --yes',
  'containerapp env create -n env-twin@ -g twin@ -l westeurope --logs-destination none',
  'containerapp create -n app-twin@ -g twin@ --environment env-twin@ --image docker.io/library/hello:1 --env-vars A=1',
  'containerapp env create -n env-logs@ -g twin@ -l westeurope -o none',
  'containerapp env list -g twin@',
  'containerapp env delete -n env-logs@ -g twin@ --yes',
  'containerapp identity assign -n app-twin@ -g twin@ --system-assigned',
  'containerapp identity assign -n app-twin@ -g twin@ --user-assigned id-twin@',
  'containerapp secret set -n app-twin@ -g twin@ --secrets plain=v1 other=v2',
  'containerapp secret remove -n app-twin@ -g twin@ --secret-names other',
  'containerapp update -n app-twin@ -g twin@ --set-env-vars B=2 C=secretref:plain',
  'containerapp update -n app-twin@ -g twin@ --remove-env-vars B --min-replicas 1 --max-replicas 2',
  'containerapp revision set-mode -n app-twin@ -g twin@ --mode multiple',
  'containerapp revision list -n app-twin@ -g twin@ --all --query length(@)',
  'containerapp show -n app-twin@ -g twin@ --show-secrets --query properties.configuration.secrets',
  'containerapp list -g twin@ -o table',
  'containerapp show --ids /subscriptions/{S}/resourceGroups/twin@/providers/Microsoft.App/containerApps/app-twin@ -o tsv',
  'identity show --ids /subscriptions/{S}/resourceGroups/twin@/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-twin@ -o yaml',
  'keyvault wait -n kv-twin@ -g twin@ --created',
  'group wait -n twin@ --exists',
  'containerapp identity remove -n app-twin@ -g twin@ --user-assigned id-twin@',
  'containerapp delete -n app-twin@ -g twin@ -y',
  'containerapp env delete -n env-twin@ -g twin@ -y',
  'identity delete -n id-twin@ -g twin@',
  'keyvault delete -n kv-twin@ -g twin@',
  'keyvault purge -n kv-twin@',
  'group delete -n twin@ -y',
]

describe('the same command line gives the same as with the real az', { skip }, () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
  })
  after(async () => server?.remove())

  test('commands that read: every byte of stdout, in json, tsv and table', async (t) => {
    const lines = reading.map((line) => wordsOf(line, server, 'a'))
    const asked = [
      ...lines.flatMap((words) => formats.map((format) => [...words, '-o', format])),
      ...inYaml.flatMap((line) => ['yaml', 'jsonc'].map((format) => [...wordsOf(line, server, 'a'), '-o', format])),
      ...refusals(),
    ]
    const setUp = furniture.map((line) => wordsOf(line, server, 'a'))
    const byAz = await runAzCommands(server, [...setUp, ...asked])
    for (const [at, words] of setUp.entries())
      assert.equal(byAz[at]?.code, 0, `az ${words.join(' ')}: ${byAz[at]?.stderr ?? ''}`)
    const own = await runAll(server, asked)
    for (const [at, words] of asked.entries()) {
      const theirs = byAz[setUp.length + at]
      await t.test(words.join(' '), () => assert.deepEqual(shownBy(own[at]), shownBy(theirs)))
    }
  })

  test('commands that write: the same on twin groups, but for identifiers and times', async (t) => {
    const operator = await server.command(['ad', 'signed-in-user', 'show', '--query', 'id', '-o', 'tsv'])
    const byAz = await runAzCommands(server, twinLines('a', operator))
    for (const [at, words] of twinLines('b', operator).entries()) {
      const ours = await server.try(words)
      const theirs = byAz[at]
      await t.test(writing[at] ?? '', () => assert.deepEqual(neutral(ours), neutral(theirs)))
    }
  })

  function refusals(): readonly (readonly string[])[] {
    return refused.map((line) => wordsOf(line, server, 'a'))
  }

  function twinLines(twin: 'a' | 'b', operator: string): readonly (readonly string[])[] {
    return writing.map((line) => wordsOf(line.replaceAll('{O}', operator), server, twin))
  }
})

/** The words of a line, quotes taken off; `{V}`, `{K}` (ids of vaults), `{S}` (the subscription), `{R}` (a role) and `{F}` (a file) filled in, and `@` as the twin's letter. */
function wordsOf(line: string, server: RunningServer, twin: 'a' | 'b'): readonly string[] {
  const vaults = (group: string): string =>
    `/subscriptions/${server.facts.subscriptionId}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults`
  const filled = line
    .replaceAll('{V}', `${vaults('same')}/kv-same`)
    .replaceAll('{K}', `${vaults(`twin${twin}`)}/kv-twin${twin}`)
    .replaceAll('{F}', import.meta.filename)
    .replaceAll('{S}', server.facts.subscriptionId)
    .replaceAll('{R}', roleOf(server.facts.subscriptionId))
    .replace(/@(?!strongroom)/g, twin)
  return [...filled.matchAll(/(?<= |^)(?:"([^"]*)"|(\S+))/g)].map(([, quoted, word]) => quoted ?? word ?? '')
}

/** A custom role as JSON in one word. */
function roleOf(subscriptionId: string): string {
  const Actions = ['Microsoft.KeyVault/vaults/read']
  return JSON.stringify({
    Name: 'Twin@',
    Description: 'd',
    Actions,
    AssignableScopes: [`/subscriptions/${subscriptionId}`],
  })
}

/** What counts: the exit code and stdout. */
function shownBy(ran: Finished | undefined): {
  readonly code: number | undefined
  readonly stdout: string | undefined
} {
  return { code: ran?.code, stdout: ran?.stdout }
}

/** The same without what differs between twins. */
function neutral(ran: Finished | undefined): {
  readonly code: number | undefined
  readonly stdout: string | undefined
} {
  const stdout = ran?.stdout
    .replace(/twin[ab]/gi, 'twin')
    .replace(/(env-logs|workspace-twin)[ab]?([0-9a-f]{4})?/g, '$1')
    .replace(/issuer\.example\/[ab]/g, 'issuer.example')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'GUID')
    .replace(/\b[0-9a-f]{32}\b/g, 'HEX')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, 'TIME')
    .replace(/env-[0-9a-f]{10}\b/g, 'DOMAIN')
    .replace(/--[0-9a-z]{7}\b/g, '--SUFFIX')
  return { code: ran?.code, stdout }
}

/** Runs command lines a few at a time, in order of their start. */
async function runAll(
  server: RunningServer,
  commands: readonly (readonly string[])[],
): Promise<readonly (Finished | undefined)[]> {
  const answers: (Finished | undefined)[] = commands.map(() => undefined)
  const waiting = [...commands.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      answers[next[0]] = await server.try(next[1])
  }
  await Promise.all([work(), work(), work()])
  return answers
}
