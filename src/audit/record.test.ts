import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type PrincipalId, type TenantId, trustGuid } from '#base/ids.ts'
import { type AuditFacts, makeRecord, maximumBodyBytes, quote, resultSignature } from './record.ts'

const facts: AuditFacts = {
  id: trustGuid('aaaaaaaa-0000-4000-8000-000000000001'),
  time: new Date('2026-11-01T12:00:00.123Z'),
  operationName: 'SecretGet',
  operationVersion: '2025-07-01',
  httpStatusCode: 200,
  correlationId: 'aaaaaaaa-0000-4000-8000-000000000002',
  callerIpAddress: '203.0.113.9',
  claimsJson: '{"oid":"aaaaaaaa-0000-4000-8000-000000000003","idtyp":"app"}',
  durationMilliseconds: 26.6,
  resource: '/subscriptions/s1/resourcegroups/g1/providers/microsoft.keyvault/vaults/kv1',
  objectId: 'https://kv1.vault.azure.net/secrets/a/00112233445566778899aabbccddeeff',
  requestUri: 'https://kv1.vault.azure.net/secrets/a?api-version=2025-07-01',
  userAgent: 'azsdk-js',
  tlsVersion: 'TLS1_3',
  properties: { count: 3, type: 'text', last: true },
  tenant: trustGuid<TenantId>('aaaaaaaa-0000-4000-8000-000000000004'),
  principal: trustGuid<PrincipalId>('aaaaaaaa-0000-4000-8000-000000000003'),
  surface: 'vault',
  operation: 'getSecret',
  decision: {
    outcome: 'allow',
    action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    scope: '/subscriptions/s1',
    assignmentId:
      '/subscriptions/s1/providers/Microsoft.Authorization/roleAssignments/bbbbbbbb-0000-4000-8000-000000000001',
  },
  version: '00112233445566778899aabbccddeeff',
}

function parseBody(change: Partial<AuditFacts> = {}): Record<string, unknown> {
  const parsed: unknown = JSON.parse(`${makeRecord({ ...facts, ...change }).body},"lane":0,"sequence":5}}`)
  assert.ok(typeof parsed === 'object' && parsed !== null)
  return { ...parsed }
}

describe('an audit record', () => {
  test('has the whole shape of AuditEvent, with strongroom last', () => {
    const { body, id } = makeRecord(facts)
    assert.equal(id, facts.id)
    assert.deepEqual(JSON.parse(`${body},"lane":0,"sequence":5}}`), {
      time: '2026-11-01T12:00:00.1230000Z',
      category: 'AuditEvent',
      operationName: 'SecretGet',
      resultType: 'Success',
      correlationId: facts.correlationId,
      callerIpAddress: '203.0.113.9',
      identity: { claim: { oid: facts.principal, idtyp: 'app' } },
      properties: {
        id: facts.objectId,
        clientInfo: 'azsdk-js',
        httpStatusCode: 200,
        requestUri: facts.requestUri,
        isRbacAuthorized: true,
        appliedAssignmentId: 'bbbbbbbb000040008000000000000001',
        isAddressAuthorized: true,
        tlsVersion: 'TLS1_3',
        count: 3,
        type: 'text',
        last: true,
      },
      resourceId: '/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G1/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV1',
      operationVersion: '2025-07-01',
      resultSignature: 'OK',
      durationMs: '27',
      strongroom: {
        id: facts.id,
        tenant: facts.tenant,
        principal: facts.principal,
        surface: 'vault',
        operation: 'getSecret',
        action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        scope: '/subscriptions/s1',
        decision: 'allow',
        assignmentId: facts.decision.outcome === 'allow' ? facts.decision.assignmentId : '',
        version: facts.version,
        lane: 0,
        sequence: 5,
      },
    })
    assert.match(body, /,"strongroom":\{"id":"/)
  })

  test('of a denied call says Success, Forbidden, and what was missing', () => {
    const record = parseBody({
      httpStatusCode: 403,
      resultDescription: 'Caller is not authorized.',
      objectId: undefined,
      version: undefined,
      decision: { outcome: 'deny', action: 'read', scope: '/', reason: 'DenyAssignment', denyAssignmentId: 'd1' },
    })
    assert.equal(record['resultType'], 'Success')
    assert.equal(record['resultSignature'], 'Forbidden')
    assert.equal(record['resultDescription'], 'Caller is not authorized.')
    assert.deepEqual(record['properties'], {
      clientInfo: 'azsdk-js',
      httpStatusCode: 403,
      requestUri: facts.requestUri,
      isRbacAuthorized: false,
      isAddressAuthorized: true,
      tlsVersion: 'TLS1_3',
      count: 3,
      type: 'text',
      last: true,
    })
    assert.deepEqual(record['strongroom'], {
      id: facts.id,
      tenant: facts.tenant,
      principal: facts.principal,
      surface: 'vault',
      operation: 'getSecret',
      action: 'read',
      scope: '/',
      decision: 'deny',
      reason: 'DenyAssignment',
      denyAssignmentId: 'd1',
      lane: 0,
      sequence: 5,
    })
  })

  test('of a call without a caller has neither identity nor principal', () => {
    const record = parseBody({
      claimsJson: undefined,
      principal: undefined,
      tlsVersion: '',
      decision: { outcome: 'refused', reason: 'expired' },
    })
    assert.equal('identity' in record, false)
    assert.match(JSON.stringify(record['strongroom']), /"decision":"refused","reason":"expired"/)
    assert.doesNotMatch(JSON.stringify(record), /"principal"|"tlsVersion"|"isRbacAuthorized"/)
  })

  test('escapes what a caller wrote, so that no text can add a member', () => {
    const userAgent = 'x","httpStatusCode":200,"y":"\u0000\n\\é\ud800'
    const properties = parseBody({ userAgent, httpStatusCode: 403 })['properties']
    assert.ok(typeof properties === 'object' && properties !== null)
    assert.equal('clientInfo' in properties && properties.clientInfo, userAgent)
    assert.equal('httpStatusCode' in properties && properties.httpStatusCode, 403)
  })

  test('fits a log entry whatever the facts hold', () => {
    for (const filler of ['a', '"', '\u0001', 'é', '\ud800', '😀']) {
      const long = filler.repeat(100_000)
      const { body } = makeRecord({
        ...facts,
        operationName: long,
        operationVersion: long,
        resultDescription: long,
        correlationId: long,
        callerIpAddress: long,
        claimsJson: `{"a":${JSON.stringify(long)}}`,
        resource: long,
        objectId: long,
        requestUri: long,
        userAgent: long,
        tlsVersion: long,
        properties: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`p${at}`, long])),
        surface: long,
        operation: long,
        decision: { outcome: 'allow', action: long, scope: long, assignmentId: long },
        version: long,
      })
      assert.ok(Buffer.byteLength(body) <= maximumBodyBytes, `${filler}: ${Buffer.byteLength(body)}`)
      const parsed: unknown = JSON.parse(`${body}}}`)
      assert.match(JSON.stringify(parsed), /"truncated":true/)
    }
  })

  test('shows each caller its own user agent and resource', () => {
    for (const name of ['one', 'two', 'one']) {
      const text = makeRecord({ ...facts, userAgent: name, resource: `/${name}` }).body
      assert.ok(text.includes(`"clientInfo":"${name}"`) && text.includes(`"resourceId":"/${name.toUpperCase()}"`))
    }
  })
})

describe('the remembered parts of a record', () => {
  const allowed = { outcome: 'allow', action: 'Read', scope: '/scope', assignmentId: 'one' } as const
  const alike: AuditFacts = { ...facts, decision: allowed, properties: undefined }
  const others: readonly (readonly [Partial<AuditFacts>, string])[] = [
    [{ callerIpAddress: '203.0.113.10' }, '"callerIpAddress":"203.0.113.10"'],
    [{ claimsJson: '{"oid":"other"}' }, '"identity":{"claim":{"oid":"other"}}'],
    [{ resource: '/other' }, '"resourceId":"/OTHER"'],
    [{ operationVersion: '7.4' }, '"operationVersion":"7.4"'],
    [{ httpStatusCode: 201 }, '"resultSignature":"Created"'],
    [{ httpStatusCode: 201 }, '"httpStatusCode":201'],
    [{ objectId: 'https://other/secrets/other' }, '"id":"https://other/secrets/other"'],
    [{ requestUri: 'https://other/secrets' }, '"requestUri":"https://other/secrets"'],
    [{ userAgent: 'other' }, '"clientInfo":"other"'],
    [{ tlsVersion: 'TLS1_9' }, '"tlsVersion":"TLS1_9"'],
    [{ privateEndpoint: 'other' }, '"privateEndpoint":"other"'],
    [{ trustedService: 'other' }, '"trustedService":"other"'],
    [{ properties: { count: 7 } }, '"count":7'],
    [{ decision: { ...allowed, assignmentId: 'two' } }, '"appliedAssignmentId":"two"'],
    [{ tenant: trustGuid('cccccccc-0000-4000-8000-000000000001') }, '"tenant":"cccccccc-'],
    [{ principal: trustGuid('cccccccc-0000-4000-8000-000000000002') }, '"principal":"cccccccc-'],
    [{ surface: 'other' }, '"surface":"other"'],
    [{ operation: 'other' }, '"operation":"other"'],
    [{ decision: { ...allowed, action: 'Write' } }, '"action":"Write"'],
    [{ decision: { ...allowed, scope: '/other' } }, '"scope":"/other"'],
    [{ decision: { ...allowed, assignmentId: 'two' } }, '"assignmentId":"two"'],
    [
      { decision: { outcome: 'allow', action: 'Read', scope: '/scope', accessPolicy: 'whose' } },
      '"accessPolicy":"whose"',
    ],
    [{ decision: { outcome: 'deny', action: 'Read', scope: '/scope', reason: 'NoAssignment' } }, '"decision":"deny"'],
  ]

  for (const [change, shown] of others) {
    test(`never stand in for those of a call with another ${Object.keys(change)[0]}: ${shown}`, () => {
      const expected = makeRecord(alike).body
      for (const isOther of [true, false, true, true, false, false]) {
        const { body } = makeRecord(isOther ? { ...alike, ...change } : alike)
        assert.equal(body.includes(shown), isOther)
        if (!isOther) assert.equal(body, expected)
      }
    })
  }

  test('of a caller without claims are not those of one whose claims are empty', () => {
    const unknown = makeRecord({ ...alike, claimsJson: undefined }).body
    assert.ok(!unknown.includes('"identity"'))
    assert.ok(makeRecord({ ...alike, claimsJson: '' }).body !== unknown)
  })
})

describe('texts of a record', () => {
  test('a quoted text is cut at its limit and says so', () => {
    assert.equal(quote('abcdef', 6), '"abcdef"')
    assert.equal(quote('abcdefg', 6), '"abcdef…"')
    assert.equal(quote('', 6), '""')
    assert.equal(quote('a"b\\c', 6), '"a\\"b\\\\c"')
  })

  test('a status has Azure’s signature', () => {
    assert.deepEqual([200, 401, 403, 404, 409, 429, 418].map(resultSignature), [
      'OK',
      'Unauthorized',
      'Forbidden',
      'Not Found',
      'Conflict',
      'Too Many Requests',
      '418',
    ])
  })
})
