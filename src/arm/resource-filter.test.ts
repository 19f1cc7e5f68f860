import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { matchesTags, parseResourceFilter } from './resource-filter.ts'

describe('the filter of a resource list', () => {
  test('reads what az and Terraform send', () => {
    assert.deepEqual(parseResourceFilter(undefined), {})
    assert.deepEqual(parseResourceFilter("resourceType eq 'Microsoft.KeyVault/vaults'"), {
      resourceType: 'microsoft.keyvault/vaults',
    })
    assert.deepEqual(parseResourceFilter("resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'Kv''1'"), {
      resourceType: 'microsoft.keyvault/vaults',
      name: "kv'1",
    })
    assert.deepEqual(parseResourceFilter("tagName eq 'Env' and tagValue eq 'Prod'"), {
      tagName: 'env',
      tagValue: 'Prod',
    })
    assert.deepEqual(parseResourceFilter("startswith(tagname, 'Cost') and resourceGroup eq 'RG1'"), {
      tagPrefix: 'cost',
      resourceGroup: 'rg1',
    })
  })

  test('anything else is refused, for an ignored filter shows the wrong resource', () => {
    for (const text of [
      "name ne 'x'",
      "name eq 'x' or name eq 'y'",
      "name eq 'x' and",
      "name eq 'x' name eq 'y'",
      "name eq 'x' and name eq 'y'",
      'name eq x',
      "name eq 'x",
      "substringof('x', name)",
    ]) {
      assert.throws(() => parseResourceFilter(text), { kind: 'malformed', code: 'InvalidFilterInQueryString' }, text)
    }
  })

  test('tag names are compared without letter case, their values with it', () => {
    const tags = { Env: 'Prod', costCentre: '7' }
    const matches = (text: string) => matchesTags(parseResourceFilter(text), tags)
    assert.ok(matches(''))
    assert.ok(matches("tagName eq 'ENV'"))
    assert.ok(matches("tagName eq 'env' and tagValue eq 'Prod'"))
    assert.ok(matches("startswith(tagName, 'COST')"))
    assert.ok(matches("tagValue eq '7'"))
    assert.ok(!matches("tagName eq 'env' and tagValue eq 'prod'"))
    assert.ok(!matches("tagName eq 'env' and tagValue eq '7'"))
    assert.ok(!matches("startswith(tagName, 'nv')"))
  })
})
