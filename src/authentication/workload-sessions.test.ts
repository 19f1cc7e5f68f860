import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TestClock, tokenClient, tokenPrincipal, tokenTenant } from '../../test/support/token-fixtures.ts'
import type { NewWorkloadSession } from './workload-session.ts'
import { createWorkloadSessions } from './workload-sessions.ts'

function newSession(changed: Partial<NewWorkloadSession> = {}): NewWorkloadSession {
  return {
    kind: 'workload',
    tenant: tokenTenant,
    principal: tokenPrincipal,
    clientId: tokenClient,
    resourceId: undefined,
    displayName: 'app',
    osUserId: 1000,
    attached: true,
    expiresAt: undefined,
    ...changed,
  }
}

describe('a workload session', () => {
  test('is found by its header, its proxy credentials and its id', () => {
    const sessions = createWorkloadSessions({ clock: new TestClock() })
    const { session, credentials } = sessions.create(newSession())
    assert.match(credentials.identityHeader, /^[0-9a-f]{64}$/)
    assert.match(credentials.proxyPassword, /^[0-9a-f]{64}$/)
    assert.equal(sessions.findByIdentityHeader(credentials.identityHeader), session)
    assert.equal(sessions.findByProxyCredentials(credentials.proxyUser, credentials.proxyPassword), session)
    assert.equal(sessions.find(session.id), session)
    assert.deepEqual(sessions.list(), [session])
  })

  test('is not found by anything else', () => {
    const sessions = createWorkloadSessions({ clock: new TestClock() })
    const one = sessions.create(newSession()).credentials
    const other = sessions.create(newSession()).credentials
    for (const header of [
      '',
      'made up',
      one.identityHeader.toUpperCase(),
      `${one.identityHeader} `,
      one.proxyPassword,
    ]) {
      assert.equal(sessions.findByIdentityHeader(header), undefined)
    }
    assert.equal(sessions.findByProxyCredentials(one.proxyUser, other.proxyPassword), undefined)
    assert.equal(sessions.findByProxyCredentials(one.proxyUser, one.identityHeader), undefined)
    assert.equal(sessions.findByProxyCredentials('nobody', ''), undefined)
  })

  test('is worth nothing after its end', () => {
    const sessions = createWorkloadSessions({ clock: new TestClock() })
    const { session, credentials } = sessions.create(newSession())
    assert.equal(sessions.end(session.id), true)
    assert.equal(sessions.end(session.id), false)
    assert.equal(sessions.findByIdentityHeader(credentials.identityHeader), undefined)
    assert.equal(sessions.findByProxyCredentials(credentials.proxyUser, credentials.proxyPassword), undefined)
    assert.equal(sessions.find(session.id), undefined)
  })

  test('is worth nothing from its expiry on, though nobody swept', () => {
    const clock = new TestClock()
    const sessions = createWorkloadSessions({ clock })
    const expiresAt = new Date(clock.milliseconds + 60_000)
    const { session, credentials } = sessions.create(newSession({ attached: false, expiresAt }))
    clock.advance(59)
    assert.equal(sessions.findByIdentityHeader(credentials.identityHeader), session)
    clock.advance(1)
    assert.equal(sessions.findByIdentityHeader(credentials.identityHeader), undefined)
    assert.equal(sessions.find(session.id), undefined)
    assert.deepEqual(sessions.list(), [])
  })

  test('cannot be had beyond the maximum, in which expired ones do not count', () => {
    const clock = new TestClock()
    const sessions = createWorkloadSessions({ clock, maximumSessions: 1 })
    sessions.create(newSession({ expiresAt: new Date(clock.milliseconds + 1000) }))
    assert.throws(() => sessions.create(newSession()), {
      kind: 'throttled',
      code: 'TooManySessions',
      message: 'The maximum of 1 sessions is reached. End one first.',
    })
    clock.advance(1)
    assert.equal(sessions.create(newSession()).session.displayName, 'app')
  })
})
