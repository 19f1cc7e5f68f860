import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { trustGuid } from '#base/ids.ts'
import { memorySealer, refusalOf, samplePlace } from '../../test/support/vault-fixtures.ts'
import { listPage, nextLinkOf, openPageToken, type PagedList, sealPageToken } from './page-token.ts'

const sealer = memorySealer('vault/x')
const list: PagedList = { tenant: samplePlace.tenant, vault: samplePlace.id, operationId: 'getSecrets', object: '' }
const refused = refusalOf('malformed', 'BadParameter', "The parameter '$skiptoken' is invalid.")

describe('a page token', () => {
  test('gives back the key it was made of', () => {
    assert.equal(openPageToken(sealer, list, sealPageToken(sealer, list, 'some-name')), 'some-name')
  })

  test('does not show the key', () => {
    assert.equal(Buffer.from(sealPageToken(sealer, list, 'some-name'), 'base64url').includes('some-name'), false)
  })

  test('is refused after any edit of one character', () => {
    const token = sealPageToken(sealer, list, 'some-name')
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      assert.throws(() => openPageToken(sealer, list, token.slice(0, at) + other + token.slice(at + 1)), refused)
    }
  })

  test('is refused with characters that a lenient decoder would skip', () => {
    const token = sealPageToken(sealer, list, 'some-name')
    for (const edited of [`${token}=`, `${token} `, ` ${token}`, token.replace(/.$/, '$&*'), '', 'A'.repeat(5000)]) {
      assert.throws(() => openPageToken(sealer, list, edited), refused)
    }
  })

  test('is refused for another vault, operation, secret, tenant, or key', () => {
    const token = sealPageToken(sealer, list, 'some-name')
    const other = trustGuid<PagedList['tenant']>('99999999-9999-4999-8999-999999999999')
    assert.throws(() => openPageToken(sealer, { ...list, vault: other }, token), refused)
    assert.throws(() => openPageToken(sealer, { ...list, tenant: other }, token), refused)
    assert.throws(() => openPageToken(sealer, { ...list, operationId: 'getSecretVersions' }, token), refused)
    assert.throws(() => openPageToken(sealer, { ...list, object: 'a' }, token), refused)
    assert.throws(() => openPageToken(memorySealer('vault/x'), list, token), refused)
  })
})

describe('a page of a list', () => {
  const request = { origin: 'https://kv1.vault.azure.net', apiVersion: '7.4' }
  const pageAfter = (token: string | undefined, lastKey: string | undefined) => {
    const asked: object[] = []
    const page = listPage({ request, sealer }, { list, path: '/secrets', page: { size: 2, token } }, async (bounds) => {
      asked.push(bounds)
      return { items: ['a', 'b'], lastKey }
    })
    return page.then((listed) => ({ ...listed, asked }))
  }

  test('begins at the first key, and links to the page after the last one that was looked at', async () => {
    const { items, nextLink, asked } = await pageAfter(undefined, 'b')
    assert.deepEqual([items, asked], [['a', 'b'], [{ after: '', size: 2 }]])
    const next = new URL(nextLink ?? '')
    const token = next.searchParams.get('$skiptoken') ?? ''
    assert.equal(next.href, `https://kv1.vault.azure.net/secrets?api-version=7.4&$skiptoken=${token}&maxresults=2`)
    const last = await pageAfter(token, undefined)
    assert.deepEqual(last, { items: ['a', 'b'], nextLink: undefined, asked: [{ after: 'b', size: 2 }] })
  })

  test('is not fetched for the token of another list', async () => {
    const token = sealPageToken(sealer, { ...list, operationId: 'getDeletedSecrets' }, 'b')
    await assert.rejects(
      listPage({ request, sealer }, { list, path: '/secrets', page: { size: 2, token } }, () => assert.fail('fetched')),
      refused,
    )
  })
})

describe('a next link', () => {
  test('stays on the origin that the client used', () => {
    assert.equal(
      nextLinkOf(
        { origin: 'https://kv1.vault.localhost:8443', apiVersion: '7.4' },
        { path: '/secrets', size: 2, token: 'abc' },
      ),
      'https://kv1.vault.localhost:8443/secrets?api-version=7.4&$skiptoken=abc&maxresults=2',
    )
  })
})
