import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtInRoleIds, builtInRoles, findBuiltInRole, findCompiledBuiltInRole } from './built-in-roles.ts'

const vaults = 'Microsoft.KeyVault/vaults/'
const keysOf = (...operations: readonly string[]) => operations.map((operation) => `keys/${operation}/action`)

/** name, id, dataActions after `Microsoft.KeyVault/vaults/`, whether it has the common set of actions. */
const keyVaultRoles: readonly (readonly [string, string, readonly string[], boolean])[] = [
  ['Key Vault Administrator', '00482a5a-887f-4fb3-b363-3b7fe8e74483', ['*'], true],
  ['Key Vault Secrets Officer', 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7', ['secrets/*'], true],
  [
    'Key Vault Secrets User',
    '4633458b-17de-408a-b874-0445c86b69e6',
    ['secrets/getSecret/action', 'secrets/readMetadata/action'],
    false,
  ],
  ['Key Vault Reader', '21090545-7ca7-4776-b22c-e363652d74d2', ['*/read', 'secrets/readMetadata/action'], true],
  [
    'Key Vault Certificates Officer',
    'a4417e6f-fecd-4de8-b567-7b0420556985',
    ['certificatecas/*', 'certificates/*', 'certificatecontacts/write'],
    true,
  ],
  [
    'Key Vault Certificate User',
    'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba',
    ['certificates/read', 'secrets/getSecret/action', 'secrets/readMetadata/action', 'keys/read'],
    false,
  ],
  ['Key Vault Crypto Officer', '14b46e9e-c2b7-41b4-b07b-48a6ebf60603', ['keys/*', 'keyrotationpolicies/*'], true],
  [
    'Key Vault Crypto User',
    '12338af0-0e69-4776-bea7-57ae8d297424',
    ['keys/read', ...keysOf('update', 'backup', 'encrypt', 'decrypt', 'wrap', 'unwrap', 'sign', 'verify')],
    false,
  ],
  [
    'Key Vault Crypto Service Encryption User',
    'e147488a-f6f5-4113-8e2d-b22465e65bf6',
    ['keys/read', ...keysOf('wrap', 'unwrap')],
    false,
  ],
  ['Key Vault Crypto Service Release User', '08bbd89e-9f13-488c-ac41-acfcb10c90ab', keysOf('release'), false],
]

describe('built-in roles', () => {
  for (const [name, id, dataActions, readsVaults] of keyVaultRoles) {
    test(`${name} is Azure's`, () => {
      const role = builtInRoles.find((candidate) => candidate.id === id)
      assert.equal(role?.roleName, name)
      assert.deepEqual(
        role?.permissions.map((permission) => permission.dataActions),
        [dataActions.map((action) => `${vaults}${action}`)],
      )
      assert.equal(role?.permissions[0]?.actions.includes('Microsoft.KeyVault/vaults/*/read'), readsVaults)
      assert.deepEqual(role?.permissions[0]?.notDataActions, [])
    })
  }

  test('have ids, names and compiled forms of their own', () => {
    assert.equal(new Set(builtInRoles.map((role) => role.id)).size, builtInRoles.length)
    assert.equal(new Set(builtInRoles.map((role) => role.roleName.toLowerCase())).size, builtInRoles.length)
    for (const role of builtInRoles) {
      assert.equal(findBuiltInRole(role.id), role)
      assert.notEqual(findCompiledBuiltInRole(role.id), undefined)
      assert.deepEqual(role.assignableScopes, ['/'])
    }
    for (const id of Object.values(builtInRoleIds)) assert.notEqual(findBuiltInRole(id), undefined)
  })

  test('carry a condition where their safety is one', () => {
    const conditional = builtInRoles.filter((role) => role.permissions.some(({ condition }) => condition !== undefined))
    assert.deepEqual(
      conditional.map(({ id, roleName }) => [id, roleName]),
      [['8b54135c-b56d-4d72-a534-26097cfdc8d8', 'Key Vault Data Access Administrator']],
    )
    const list = [
      '00482a5a-887f-4fb3-b363-3b7fe8e74483',
      'a4417e6f-fecd-4de8-b567-7b0420556985',
      '14b46e9e-c2b7-41b4-b07b-48a6ebf60603',
      'e147488a-f6f5-4113-8e2d-b22465e65bf6',
      '12338af0-0e69-4776-bea7-57ae8d297424',
      '21090545-7ca7-4776-b22c-e363652d74d2',
      'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
      '4633458b-17de-408a-b874-0445c86b69e6',
    ].join(', ')
    const limit = (verb: string, source: string) =>
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${verb}'})) OR (@${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals{${list}}))`
    assert.equal(
      conditional[0]?.permissions[0]?.condition,
      `${limit('write', 'Request')} AND ${limit('delete', 'Resource')}`,
    )
  })

  test('hold those for what is served besides vaults', () => {
    const ids = new Map(builtInRoles.map((role) => [role.roleName, role.id]))
    for (const [name, id] of [
      ['Locks Contributor', '28bf596f-4eb7-45ce-b5bc-6cf482fec137'],
      ['Managed Identity Operator', 'f1a07417-d97a-45cb-824c-7a7467783830'],
      ['Managed Identity Contributor', 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59'],
      ['Log Analytics Contributor', '92aaf0da-9dab-42b6-94a3-d43ce8d16293'],
      ['Log Analytics Reader', '73c42c96-874c-492b-b04d-ab87d138a893'],
      ['Monitoring Contributor', '749f88d5-cbae-40b8-bcfc-e573ddc772fa'],
      ['Monitoring Reader', '43d0d8ad-25c7-4714-9337-8ba259a9fe05'],
      ['AcrPull', '7f951dda-4ed3-4680-a7ca-43fe172d538d'],
    ] as const) {
      assert.equal(ids.get(name), id)
    }
  })

  test('give no data action to the general roles', () => {
    for (const name of ['Owner', 'Contributor', 'Reader', 'User Access Administrator', 'Key Vault Contributor']) {
      const role = builtInRoles.find((candidate) => candidate.roleName === name)
      assert.deepEqual(
        role?.permissions.flatMap((permission) => permission.dataActions),
        [],
      )
    }
  })
})
