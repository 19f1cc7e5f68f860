import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { containerAppKind, environmentKind } from './container-app-kind.ts'
import { identityKind } from './identity-kind.ts'
import { listResources } from './resource-command.ts'

describe('a list of resources', () => {
  for (const [kind, plural] of [
    [identityKind, 'user-assigned identities'],
    [containerAppKind, 'container apps'],
    [environmentKind, 'managed environments'],
  ] as const) {
    test(`is described as a list of ${plural}`, () => {
      assert.equal(listResources(kind, 'group').summary, `List ${plural} of a resource group, or of the subscription.`)
    })
  }
})
