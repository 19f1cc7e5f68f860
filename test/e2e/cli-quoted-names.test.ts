import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RunningServer } from '../support/running-server.ts'

describe('a name with an apostrophe, on the command line', () => {
  let server: RunningServer
  before(async () => {
    server = await RunningServer.start()
  })
  after(async () => server?.remove())

  test('finds the groups whose tag it is', async () => {
    await server.command(['group', 'create', '-n', 'hers', '-l', 'westeurope', '--tags', "owner=O'Brien"])
    await server.command(['group', 'create', '-n', 'his', '-l', 'westeurope', '--tags', 'owner=O'])
    const list = ['group', 'list', '--query', '[].name', '-o', 'tsv', '--tag']
    assert.equal(await server.command([...list, "owner=O'Brien"]), 'hers')
    assert.equal(await server.command([...list, "owner=' or '1' eq '1"]), '')
  })

  test('is looked for in the directory as it is', async () => {
    await server.command(['group', 'create', '-n', 'rg', '-l', 'westeurope'])
    await server.command(['keyvault', 'create', '-n', 'kv-quoted', '-g', 'rg', '--enable-rbac-authorization', 'false'])
    const setPolicy = ['keyvault', 'set-policy', '-n', 'kv-quoted', '--secret-permissions', 'get']
    for (const nobody of [
      ['--upn', "O'Brien@strongroom.local"],
      ['--spn', "O'Brien"],
    ]) {
      assert.deepEqual(await server.try([...setPolicy, ...nobody]), {
        code: 1,
        stdout: '',
        stderr: 'ERROR: Unable to get object id from principal name.\n',
      })
    }
  })
})
