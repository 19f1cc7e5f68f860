import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rootScope } from '#authorization/scope.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { parseVault } from './parse-vault.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')

const objectId = '55555555-5555-4555-8555-555555555555'

function policy(change: object = {}) {
  return { tenantId: tenant, objectId, permissions: { secrets: ['get'] }, ...change }
}

function parse(properties: object = {}, name = 'kv-one', top: object = {}) {
  const body = {
    location: 'West Europe',
    properties: { tenantId: tenant, sku: { family: 'A', name: 'standard' }, ...properties },
    ...top,
  }
  const request: OperationRequest = {
    place: { kind: 'tenant', tenant, id: tenant, scope: rootScope, name: '', location: '' },
    method: 'PUT',
    origin: 'https://management.azure.com',
    path: { subscriptionId: '33333333-3333-4333-8333-333333333333', resourceGroupName: 'rg', name },
    query: new Map(),
    apiVersion: '2026-02-01',
    header: () => undefined,
    body: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
    facts: {
      requestId: trustGuid('44444444-4444-4444-8444-444444444444'),
      clientRequestId: undefined,
      clientAddress: '127.0.0.1',
      userAgent: '',
      tlsVersion: 'TLS1_3',
      remotePort: 1,
      localPort: 2,
      startedAtMilliseconds: 0,
    },
  }
  return parseVault(request)
}

describe('the vault in a PUT', () => {
  test('what is left out or null is undefined, so that an update keeps it', () => {
    const { settings, retentionDays, location } = parse({ enabledForDeployment: null })
    assert.deepEqual(
      { settings, retentionDays, location },
      {
        settings: {
          sku: 'standard',
          enabledForDeployment: undefined,
          enabledForDiskEncryption: undefined,
          enabledForTemplateDeployment: undefined,
          purgeProtection: undefined,
          networkBypass: undefined,
          networkDefaultAction: undefined,
          ipRules: undefined,
          virtualNetworkRules: undefined,
          publicNetworkAccess: undefined,
          rbacAuthorization: undefined,
          accessPolicies: undefined,
        },
        retentionDays: undefined,
        location: 'westeurope',
      },
    )
  })

  test('read-only members that az sends back are ignored', () => {
    const echoed = {
      vaultUri: 'https://x/',
      provisioningState: 'Succeeded',
      hsmPoolResourceId: 'x',
      privateEndpointConnections: [],
    }
    assert.equal(parse({ ...echoed, publicNetworkAccess: 'enabled', createMode: 'Default' }).name, 'kv-one')
  })

  test('values at the borders are taken', () => {
    assert.deepEqual(
      [7, 90].map((days) => parse({ softDeleteRetentionInDays: days }).retentionDays),
      [7, 90],
    )
    assert.deepEqual(
      ['abc', 'A23456789-123456789-1234'].map((name) => parse({}, name).name),
      ['abc', 'a23456789-123456789-1234'],
    )
    assert.equal(parse({ sku: { family: 'a', name: 'Premium' } }).settings.sku, 'premium')
    assert.equal(
      parse({ networkAcls: { bypass: 'none', defaultAction: 'allow', ipRules: [] } }).settings.networkBypass,
      'None',
    )
  })

  test('network rules are taken as they were written, each once', () => {
    const subnet = `/subscriptions/${tenant}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n/subnets/s`
    const { settings } = parse({
      networkAcls: {
        bypass: 'none',
        defaultAction: 'DENY',
        ipRules: [{ value: '10.0.0.0/8' }, { value: 'fd00::/7' }, { value: '10.0.0.0/8' }],
        virtualNetworkRules: [{ id: subnet }],
      },
      publicNetworkAccess: 'disabled',
    })
    const { networkBypass, networkDefaultAction, ipRules, virtualNetworkRules, publicNetworkAccess } = settings
    assert.deepEqual(
      { networkBypass, networkDefaultAction, ipRules, virtualNetworkRules, publicNetworkAccess },
      {
        networkBypass: 'None',
        networkDefaultAction: 'Deny',
        ipRules: ['10.0.0.0/8', 'fd00::/7'],
        virtualNetworkRules: [{ id: subnet, ignoreMissingVnetServiceEndpoint: false }],
        publicNetworkAccess: 'Disabled',
      },
    )
  })

  test('lists that networkAcls leaves out are empty, so that no address stays let in unnamed', () => {
    const { ipRules, virtualNetworkRules, networkBypass } = parse({ networkAcls: { defaultAction: 'Deny' } }).settings
    assert.deepEqual(
      { ipRules, virtualNetworkRules, networkBypass },
      { ipRules: [], virtualNetworkRules: [], networkBypass: undefined },
    )
  })

  test('access policies have their words in one spelling, and one entry for each object and application', () => {
    const { accessPolicies } = parse({
      accessPolicies: [
        policy({ permissions: { keys: ['WRAPKEY', 'wrapKey'], secrets: ['Get'] } }),
        policy({ objectId: objectId.toUpperCase(), permissions: { secrets: ['LIST', 'get'], storage: [] } }),
        policy({ applicationId: tenant, permissions: { secrets: ['all'] } }),
        policy({ applicationId: '00000000-0000-0000-0000-000000000000', permissions: { certificates: ['get'] } }),
      ],
    }).settings
    assert.deepEqual(accessPolicies, [
      {
        tenantId: tenant,
        objectId,
        permissions: { keys: ['wrapKey'], secrets: ['get', 'list'], certificates: ['get'], storage: [] },
      },
      { tenantId: tenant, objectId, applicationId: tenant, permissions: { secrets: ['all'] } },
    ])
  })

  test('what cannot be is refused, and the message names the member, not its value', () => {
    const cases: readonly (readonly [object, string, string])[] = [
      [{ enablePurgeProtection: false }, 'BadRequest', 'properties.enablePurgeProtection'],
      [{ softDeleteRetentionInDays: 7.5 }, 'InvalidRequestContent', 'properties.softDeleteRetentionInDays'],
      [{ softDeleteRetentionInDays: '90' }, 'InvalidRequestContent', 'properties.softDeleteRetentionInDays'],
      [{ tenantId: 'canary' }, 'BadRequest', 'properties.tenantId'],
      [{ sku: { family: 'canary', name: 'standard' } }, 'SkuNotSupported', 'properties.sku'],
      [{ networkAcls: { bypass: 'canary' } }, 'InvalidRequestContent', 'properties.networkAcls.bypass'],
      [{ networkAcls: { defaultAction: 'canary' } }, 'InvalidRequestContent', 'properties.networkAcls.defaultAction'],
      [{ publicNetworkAccess: 'canary' }, 'InvalidRequestContent', 'properties.publicNetworkAccess'],
      [{ networkAcls: { ipRules: [{ value: 1 }] } }, 'InvalidRequestContent', 'properties.networkAcls.ipRules.0.value'],
      [
        { networkAcls: { ipRules: [{ value: '10.0.0.1' }, { value: 'canary' }] } },
        'BadRequest',
        'properties.networkAcls.ipRules.1.value',
      ],
      [
        { networkAcls: { ipRules: Array.from({ length: 1001 }, () => ({ value: '10.0.0.1' })) } },
        'BadRequest',
        'properties.networkAcls.ipRules',
      ],
      [
        { networkAcls: { virtualNetworkRules: [{ id: '/subscriptions/canary' }] } },
        'BadRequest',
        'properties.networkAcls.virtualNetworkRules.0.id',
      ],
      [{ accessPolicies: 'canary' }, 'InvalidRequestContent', 'properties.accessPolicies'],
      [{ accessPolicies: [policy({ tenantId: objectId })] }, 'BadRequest', 'properties.accessPolicies.0.tenantId'],
      [{ accessPolicies: [policy({ objectId: 'canary' })] }, 'BadRequest', 'properties.accessPolicies.0.objectId'],
      [
        { accessPolicies: [policy({ applicationId: 'canary' })] },
        'BadRequest',
        'properties.accessPolicies.0.applicationId',
      ],
      [
        { accessPolicies: [policy(), policy({ permissions: { secrets: ['get', 'canary'] } })] },
        'BadRequest',
        'properties.accessPolicies.1.permissions.secrets',
      ],
      [
        { accessPolicies: [policy({ permissions: { secrets: ['wrapKey'] } })] },
        'BadRequest',
        'properties.accessPolicies.0.permissions.secrets',
      ],
      [
        { accessPolicies: Array.from({ length: 1025 }, () => policy({ objectId: randomGuid() })) },
        'BadRequest',
        'properties.accessPolicies',
      ],
      [{ enabledForDeployment: 'canary' }, 'InvalidRequestContent', 'properties.enabledForDeployment'],
    ]
    for (const [properties, code, target] of cases) {
      assert.throws(
        () => parse(properties),
        (error: { code: string; target: string; message: string }) => {
          assert.deepEqual([error.code, error.target], [code, target])
          assert.doesNotMatch(error.message, /canary/)
          return true
        },
      )
    }
  })
})
