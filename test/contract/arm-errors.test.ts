import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { TokenRefusal } from '#authentication/caller.ts'
import type { PrincipalId } from '#base/ids.ts'
import { randomGuid } from '#base/random.ts'
import type { Refusal } from '#operation/operation.ts'
import { engines } from '../support/databases.ts'
import { ArmHarness, type Sent } from './arm-harness.ts'

/** One row of the contract's table of errors: what is sent, and what must come back word for word. */
interface Row {
  readonly row: string
  readonly method?: string
  readonly target: string
  readonly sent?: Sent
  readonly status: number
  readonly code: string
  readonly message: string
  readonly errorTarget?: string
}

const version = 'api-version=2026-02-01'

for (const engine of engines) {
  describe(`errors of the resource manager on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    let nobody: PrincipalId
    let joiner: PrincipalId
    before(async () => {
      arm = await ArmHarness.open(engine)
      nobody = await arm.user()
      joiner = await arm.user([['contributor', arm.inGroup('/providers/Microsoft.App/containerApps/app1')]])
      const body = { location: 'westeurope', properties: {} }
      const environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env1')
      assert.equal((await arm.send('PUT', environment, { body })).status, 201)
    })
    after(() => arm.close())

    function rows(): readonly Row[] {
      const vault = arm.inGroup('/providers/Microsoft.KeyVault/vaults/kv-absent')
      const foreign = randomGuid()
      return [
        {
          row: 'api-version missing',
          target: '/subscriptions',
          status: 400,
          code: 'MissingApiVersionParameter',
          message: 'The api-version query parameter (?api-version=) is required for all requests.',
        },
        {
          row: 'api-version empty',
          target: '/subscriptions?api-version=',
          status: 400,
          code: 'MissingApiVersionParameter',
          message: 'The api-version query parameter (?api-version=) is required for all requests.',
        },
        {
          row: 'api-version that is none, of a core type',
          target: arm.path('/resourcegroups/rg1?api-version=soon'),
          status: 400,
          code: 'InvalidApiVersionParameter',
          message:
            "The api-version 'soon' is invalid. It must be a date such as '2025-07-01', with '-preview' after it for previews.",
          errorTarget: 'api-version',
        },
        {
          row: "api-version that is none, of a provider's type",
          target: `${vault}?api-version=soon`,
          status: 400,
          code: 'NoRegisteredProviderFound',
          message:
            "No registered resource provider found for API version 'soon' for type 'vaults'. The supported api-versions are '2026-02-01, 2025-05-01, 2023-07-01, 2022-07-01'.",
          errorTarget: 'api-version',
        },
        {
          row: 'unknown namespace',
          target: arm.inGroup(`/providers/Microsoft.Web/sites/x?${version}`),
          status: 404,
          code: 'InvalidResourceNamespace',
          message: "The resource namespace 'Microsoft.Web' is invalid.",
        },
        {
          row: 'unknown provider',
          target: arm.path(`/providers/Microsoft.Web?${version}`),
          status: 404,
          code: 'InvalidResourceNamespace',
          message: "The resource namespace 'Microsoft.Web' is invalid.",
        },
        {
          row: 'unknown type',
          target: arm.inGroup(`/providers/Microsoft.KeyVault/safes/x?${version}`),
          status: 404,
          code: 'InvalidResourceType',
          message: "The resource type 'safes' could not be found in the namespace 'Microsoft.KeyVault'.",
        },
        {
          row: 'subscription missing from the path',
          target: `/resourceGroups/rg1?${version}`,
          status: 404,
          code: 'MissingSubscription',
          message: 'The request did not have a subscription or a valid tenant level resource provider.',
        },
        {
          row: 'unknown subscription',
          target: `/subscriptions/${foreign}?${version}`,
          status: 404,
          code: 'SubscriptionNotFound',
          message: `The subscription '${foreign}' could not be found.`,
        },
        {
          row: 'list in an unknown subscription, or in one of another tenant',
          target: `/subscriptions/${foreign}/resourceGroups?${version}`,
          status: 404,
          code: 'SubscriptionNotFound',
          message: `The subscription '${foreign}' could not be found.`,
        },
        {
          row: 'subscription id that is none',
          target: `/subscriptions/mine/resourceGroups/rg1?${version}`,
          status: 400,
          code: 'InvalidSubscriptionId',
          message: "The provided subscription identifier 'mine' is malformed or invalid.",
          errorTarget: 'subscriptionId',
        },
        {
          row: 'group missing',
          target: arm.path(`/resourceGroups/none?${version}`),
          status: 404,
          code: 'ResourceGroupNotFound',
          message: "Resource group 'none' could not be found.",
        },
        {
          row: 'group name that is none',
          target: arm.path(`/resourceGroups/ends.?${version}`),
          status: 400,
          code: 'InvalidResourceGroup',
          message:
            "The resource group name must have 1 to 90 characters: letters of the English alphabet, digits, '-', '.', '(', ')' or '_'. It cannot end with '.'.",
          errorTarget: 'resourceGroupName',
        },
        {
          row: 'resource missing',
          target: `${vault}?${version}`,
          status: 404,
          code: 'ResourceNotFound',
          message:
            "The Resource 'Microsoft.KeyVault/vaults/kv-absent' under resource group 'rg1' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        },
        {
          row: 'no permission',
          target: arm.path(`/resourceGroups/rg1?${version}`),
          sent: { as: nobody },
          status: 403,
          code: 'AuthorizationFailed',
          message: `The client 'someone@test' with object id '${nobody}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/read' over scope '${arm.path('/resourcegroups/rg1')}' or the scope is invalid. If access was recently granted, please refresh your credentials. Reason: no role assignment of the client or its groups at this scope or above grants this action.`,
        },
        {
          row: 'no permission at what the resource links to',
          method: 'PUT',
          target: arm.inGroup(`/providers/Microsoft.App/containerApps/app1?api-version=2025-07-01`),
          sent: {
            as: joiner,
            body: {
              location: 'westeurope',
              properties: {
                environmentId: arm.inGroup('/providers/Microsoft.App/managedEnvironments/env1'),
                template: { containers: [{ name: 'app1', image: 'docker.io/library/hello:1' }] },
              },
            },
          },
          status: 403,
          code: 'LinkedAuthorizationFailed',
          message: `The client 'someone@test' with object id '${joiner}' has permission to perform action 'Microsoft.App/containerApps/write' on scope '${arm.path('/resourcegroups/rg1/providers/microsoft.app/containerapps/app1')}'; however, it does not have permission to perform action(s) 'Microsoft.App/managedEnvironments/join/action' on the linked scope(s) '${arm.path('/resourcegroups/rg1/providers/microsoft.app/managedenvironments/env1')}' or the linked scope(s) are invalid.`,
        },
        {
          row: 'method that is not served there',
          method: 'POST',
          target: arm.path(`/resourceGroups/rg1?${version}`),
          status: 405,
          code: 'MethodNotAllowed',
          message: 'The requested resource does not support this HTTP method.',
        },
        {
          row: 'dot segments in the path',
          target: `/subscriptions/../subscriptions?${version}`,
          status: 400,
          code: 'InvalidRequestUri',
          message: 'The request URI holds characters or segments that are not allowed.',
        },
        {
          row: 'control characters in the query',
          target: `/subscriptions?${version}&$filter=%00`,
          status: 400,
          code: 'InvalidRequestUri',
          message: 'The query string holds control characters or is too long.',
        },
        {
          row: 'body that is no JSON object',
          method: 'PUT',
          target: arm.path(`/resourceGroups/rg1?${version}`),
          sent: { body: '[]' },
          status: 400,
          code: 'InvalidRequestContent',
          message: 'The request content must be a JSON object.',
        },
      ]
    }

    test('each row of the table has its status, code and text', async () => {
      for (const { row, method = 'GET', target, sent, status, code, message, errorTarget } of rows()) {
        const answer = await arm.sendTarget(method, target, sent)
        const error = { code, message, ...(errorTarget === undefined ? {} : { target: errorTarget }) }
        assert.deepEqual({ row, status: answer.status, body: answer.body }, { row, status, body: { error } })
        assert.equal(answer.headers['Content-Type'], 'application/json; charset=utf-8', row)
      }
    })

    test('what the front door answers says so', async () => {
      const fromGateway = rows().filter(({ code }) => code !== 'InvalidRequestContent')
      for (const { row, method = 'GET', target, sent } of fromGateway) {
        const { headers } = await arm.sendTarget(method, target, sent)
        assert.equal(headers['x-ms-failure-cause'], 'gateway', row)
      }
    })

    test('each refusal of a token has its code, its text and the tenant’s challenge', () => {
      const cases: readonly (readonly [TokenRefusal['reason'], string, string])[] = [
        ['missing', 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."],
        ['malformed', 'InvalidAuthenticationToken', 'The access token is invalid.'],
        ['signature', 'InvalidAuthenticationToken', 'The access token is invalid.'],
        ['revoked', 'InvalidAuthenticationToken', 'The access token is no longer valid.'],
        ['expired', 'ExpiredAuthenticationToken', 'The access token expiry has passed.'],
        [
          'issuer',
          'InvalidAuthenticationTokenTenant',
          'The access token is from the wrong issuer. It must match the tenant associated with this subscription.',
        ],
        [
          'audience',
          'InvalidAuthenticationTokenAudience',
          "The access token has been obtained for the wrong audience. It must be for 'https://management.azure.com/'.",
        ],
      ]
      for (const [reason, code, message] of cases) {
        const answer = arm.refuse({ reason: 'unauthenticated', token: { outcome: 'refused', reason, signed: false } })
        assert.deepEqual([reason, answer.status, answer.body], [reason, 401, { error: { code, message } }])
        const uri = `Bearer authorization_uri="https://login.microsoftonline.com/${arm.tenant}"`
        assert.ok(answer.headers['WWW-Authenticate']?.startsWith(uri), reason)
      }
    })

    test('a body that is too large is refused before it is read', () => {
      const refusal: Refusal = { reason: 'body-too-large', maximumBytes: arm.surface.maximumBodyBytes }
      const answer = arm.refuse(refusal)
      const message = 'The request body is larger than 1048576 bytes.'
      assert.deepEqual([answer.status, answer.body], [413, { error: { code: 'RequestEntityTooLarge', message } }])
    })

    test('a namespace that was unregistered refuses writes until it is registered again', async () => {
      const environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env2')
      const body = { location: 'westeurope', properties: {} }
      const left = await arm.send('POST', arm.path('/providers/Microsoft.App/unregister'))
      assert.deepEqual([left.status, left.body.registrationState], [200, 'Unregistered'])
      const shown = await arm.send('GET', arm.path('/providers/microsoft.app'))
      assert.equal(shown.body.registrationState, 'Unregistered')
      const refused = await arm.send('PUT', environment, { body })
      const message =
        "The subscription is not registered to use namespace 'Microsoft.App'. See https://aka.ms/rps-not-found for how to register subscriptions."
      assert.deepEqual(
        [refused.status, refused.body],
        [409, { error: { code: 'MissingSubscriptionRegistration', message } }],
      )
      assert.equal((await arm.send('GET', environment.replace('env2', 'env1'))).status, 200)
      const consent = { thirdPartyProviderConsent: { consentToAuthorization: true } }
      const back = await arm.send('POST', arm.path('/providers/Microsoft.App/register'), { body: consent })
      assert.deepEqual([back.status, back.body.registrationState], [200, 'Registered'])
      assert.equal((await arm.send('PUT', environment, { body })).status, 201)
    })

    test('what everything else needs cannot be unregistered, and only who may registers', async () => {
      const refused = await arm.send('POST', arm.path('/providers/Microsoft.Authorization/unregister'))
      assert.deepEqual(
        [refused.status, refused.body.error.code],
        [400, 'CannotUnregisterRegistrationFreeResourceProvider'],
      )
      const denied = await arm.send('POST', arm.path('/providers/Microsoft.App/unregister'), { as: nobody })
      assert.deepEqual([denied.status, denied.body.error.code], [403, 'AuthorizationFailed'])
    })
  })
}
