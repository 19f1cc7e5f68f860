import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createServerClient, readClaims, type ServerClient } from './client/server-client.ts'
import type { CommandContext } from './command.ts'
import { CommandError } from './command-error.ts'
import { adSpCreateForRbac } from './commands/ad-sp-create-for-rbac.ts'
import { keyvaultSecretBackup } from './commands/keyvault-secret-backup.ts'
import { roleAssignmentUpdate } from './commands/role-assignment-update.ts'
import { sessionList } from './commands/session-list.ts'
import { startControlSession } from './control-session.ts'
import { groupLocation } from './group-location.ts'
import { argumentsOf } from './parser.ts'
import { searchRoleAssignments } from './role-assignment-search.ts'
import { viewRoleAssignment } from './role-assignment-view.ts'
import { roleDefinitionId, roleNames } from './role-names.ts'
import { readRunFile } from './run-file.ts'
import { isManaged, viewDeletedSecret, viewDeletedSecretItem, viewSecret, viewSecretItem } from './secret-view.ts'
import { vaultResourcePath } from './vault-lookup.ts'

const refusal = new CommandError('The server answered in a shape that this program does not know.', 1)

/** A client of a server that answers every request alike. */
function clientOf(text: string, headers: Readonly<Record<string, string>> = {}): ServerClient {
  return createServerClient({
    account: {
      subscriptionId: 'subscription',
      subscriptionName: 'Strongroom',
      tenantId: 'tenant',
      environmentName: 'AzureCloud',
      user: { name: 'operator', type: 'user' },
    },
    names: { management: 'management.localhost', graph: 'graph.localhost', vaultSuffix: 'vault.localhost' },
    channel: { send: async () => ({ status: 200, headers, text }), close: () => undefined },
    credential: { token: async () => ({ text: 'token', expiresOnEpochSeconds: 0 }), close: async () => undefined },
    trace: () => undefined,
    waiting: () => undefined,
  })
}

function contextOf(
  given: Readonly<Record<string, string>>,
  { server, dataDirectory = '' }: { readonly server?: ServerClient; readonly dataDirectory?: string },
): CommandContext {
  return {
    arguments: argumentsOf(given, [], []),
    server: async () => server ?? assert.fail('no server is asked'),
    stdout: process.stdout,
    note: () => undefined,
    warn: () => undefined,
    dataDirectory,
    dataDirectoryIsNamed: true,
  }
}

const place = '/subscriptions/subscription'
const items = clientOf('{"value":[{"canary":"canary"}]}')
const search = { scope: place, objectId: undefined, includeGroups: false }
const secret = { id: 'https://kv1.vault.azure.net/secrets/s1', attributes: {} }

describe('an answer in another shape is one sentence', () => {
  const assignment = JSON.stringify({ scope: place, name: 'a1' })
  const backup = { vaultName: 'kv1', name: 's1', file: '/none/backup' }
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    "of a group's location": () => groupLocation(items, 'g'),
    'of role definitions by name': () => roleDefinitionId(items, 'Owner', place),
    'of role definitions': () => roleNames(items, place),
    'of role assignments': () => searchRoleAssignments(contextOf({}, { server: items }), search),
    'of a role assignment': () =>
      roleAssignmentUpdate.run(contextOf({ roleAssignment: assignment }, { server: items })),
    'of vaults': () => vaultResourcePath(items, 'kv1', undefined),
    "of a secret's backup": () => keyvaultSecretBackup.run(contextOf(backup, { server: items })),
    'of a next page': () =>
      clientOf('{"value":[],"nextLink":"canary"}').list('management', { method: 'GET', path: '/' }),
    'of an operation to wait for': () =>
      clientOf('{}', { 'azure-asyncoperation': 'canary' }).settle({ method: 'PUT', path: '/' }),
  }
  for (const [what, ask] of Object.entries(asked)) test(what, () => assert.rejects(ask, refusal))

  for (const view of [viewSecret, viewSecretItem, viewDeletedSecret, viewDeletedSecretItem, isManaged])
    test(`to ${view.name}`, () => {
      for (const body of [undefined, 'canary', { ...secret, id: 'canary' }, { ...secret, attributes: { exp: 'x' } }])
        assert.throws(() => view(body), refusal)
    })

  test('with a time that no date can be', () => {
    for (const exp of [1e14, -1e14]) assert.throws(() => viewSecret({ ...secret, attributes: { exp } }), refusal)
  })

  test('to viewRoleAssignment', () => assert.throws(() => viewRoleAssignment({ id: 'canary' }), refusal))

  test('in a token', () => {
    for (const token of ['', 'canary', `a.${Buffer.from('{"oid":1}').toString('base64url')}.c`])
      assert.throws(() => readClaims(token), refusal)
  })
})

describe('an answer of the control socket in another shape is one sentence', () => {
  let directory: string
  let server: Server
  let answer = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'answers-'))
    const controlSocket = join(directory, 'control.sock')
    const ports = { httpsPort: 1, proxyPort: 1, identityPort: 1, healthPort: 1 }
    const names = { domain: 'd', tenantId: 't', subscriptionId: 's', caFile: 'c', auditVerifierKey: 'k' }
    writeFileSync(join(directory, 'run.json'), JSON.stringify({ pid: process.pid, controlSocket, ...ports, ...names }))
    server = createServer((_, response) => response.end(answer))
    await new Promise<void>((resolve) => server.listen(controlSocket, resolve))
  })
  after(async () => {
    await new Promise((resolve) => server.close(resolve))
    rmSync(directory, { recursive: true })
  })

  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    'of a session': () => startControlSession(readRunFile(directory), { kind: 'operator' }),
    'of sessions': () => sessionList.run(contextOf({}, { dataDirectory: directory })),
    'of a registration': () => adSpCreateForRbac.run(contextOf({ name: 'n' }, { dataDirectory: directory })),
  }
  for (const [what, ask] of Object.entries(asked))
    test(what, async () => {
      for (const text of ['', 'canary', '{"canary":"canary"}']) {
        answer = text
        await assert.rejects(ask, refusal)
      }
    })
})
