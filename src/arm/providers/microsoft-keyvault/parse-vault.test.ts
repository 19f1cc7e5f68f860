import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rootScope } from '#authorization/scope.ts'
import { type TenantId, trustGuid } from '#base/ids.ts'
import type { OperationRequest } from '#operation/operation.ts'
import { parseVault } from './parse-vault.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')

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
    const { settings, retentionDays, rbacAuthorization, location } = parse({ enabledForDeployment: null })
    assert.deepEqual(
      { settings, retentionDays, rbacAuthorization, location },
      {
        settings: {
          sku: 'standard',
          enabledForDeployment: undefined,
          enabledForDiskEncryption: undefined,
          enabledForTemplateDeployment: undefined,
          purgeProtection: undefined,
          networkBypass: undefined,
        },
        retentionDays: undefined,
        rbacAuthorization: undefined,
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

  test('what cannot be is refused, and the message names the member, not its value', () => {
    const cases: readonly (readonly [object, string, string])[] = [
      [{ enablePurgeProtection: false }, 'BadRequest', 'properties.enablePurgeProtection'],
      [{ softDeleteRetentionInDays: 7.5 }, 'InvalidRequestContent', 'properties.softDeleteRetentionInDays'],
      [{ softDeleteRetentionInDays: '90' }, 'InvalidRequestContent', 'properties.softDeleteRetentionInDays'],
      [{ tenantId: 'canary' }, 'BadRequest', 'properties.tenantId'],
      [{ sku: { family: 'canary', name: 'standard' } }, 'SkuNotSupported', 'properties.sku'],
      [{ networkAcls: { bypass: 'canary' } }, 'InvalidRequestContent', 'properties.networkAcls.bypass'],
      [{ networkAcls: { virtualNetworkRules: [{ id: 'canary' }] } }, 'NotSupported', 'properties.networkAcls'],
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
