import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  formatResourceId,
  parseGroup,
  parseResource,
  parseSubscription,
  resourceScope,
  tryParseResourceId,
} from './resource-id.ts'

const subscriptionId = '33333333-3333-4333-8333-333333333333'
const type = 'Microsoft.App/managedEnvironments'
const id = `/subscriptions/${subscriptionId}/resourceGroups/Rg-1/providers/Microsoft.App/managedEnvironments/Env`

describe('resource ids', () => {
  test('names keep their letter case, the scope is in lower case', () => {
    const address = parseResource({ subscriptionId, resourceGroupName: 'Rg-1', name: 'Env' }, type)
    assert.deepEqual([address.resourceGroup, address.name, address.scope.path], ['Rg-1', 'Env', id.toLowerCase()])
    assert.equal(formatResourceId(address, type), id)
  })

  test('a stored resource has the scope that a path to it has, whatever its names hold', () => {
    const address = parseResource({ subscriptionId, resourceGroupName: 'RG-1', name: 'ENV' }, type)
    const stored = { subscription: address.subscription, resourceGroup: 'Rg-1', name: 'Env' }
    assert.deepEqual(resourceScope(stored, type), address.scope)
    assert.equal(resourceScope({ ...stored, name: 'Env 2' }, type).path, `${id.toLowerCase()} 2`)
  })

  test('a full id is read in any letter case, with or without a trailing slash', () => {
    for (const text of [id, `${id}/`, id.toUpperCase(), id.toLowerCase()]) {
      assert.equal(tryParseResourceId(text, type)?.scope.path, id.toLowerCase(), text)
    }
  })

  test('anything else than one resource of the type is not its id', () => {
    const wrong = [
      '',
      'env1',
      id.slice(1),
      `${id}/children/x`,
      `${id}//`,
      id.replace('Env', '..'),
      id.replace('Env', '%45nv'),
      id.replace('Rg-1', ''),
      id.replace('Rg-1', 'rg.'),
      id.replace('managedEnvironments', 'containerApps'),
      id.replace('providers', 'provider'),
      id.replace(subscriptionId, 'mine'),
      ` ${id}`,
    ]
    for (const text of wrong) assert.equal(tryParseResourceId(text, type), undefined, text)
  })

  test('malformed parts of a path are refused by name', () => {
    const path = { subscriptionId, resourceGroupName: 'rg', name: 'x' }
    const refused = (work: () => unknown, code: string) => assert.throws(work, { kind: 'malformed', code })
    refused(() => parseSubscription({ ...path, subscriptionId: 'x' }), 'InvalidSubscriptionId')
    for (const resourceGroupName of ['', '..', 'a/b', 'a b', 'grün', 'a'.repeat(91), '\u212a']) {
      refused(() => parseGroup({ ...path, resourceGroupName }), 'InvalidResourceGroup')
    }
    for (const name of ['', '.', '..', 'a/b', 'a%2f', 'a\u0000', '\u212a']) {
      refused(() => parseResource({ ...path, name }, type), 'InvalidResourceName')
    }
  })
})
