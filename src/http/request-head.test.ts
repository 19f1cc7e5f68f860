import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RequestHead } from './request-head.ts'

describe('the head of a request', () => {
  test('is found in any letter case and order', () => {
    const head = new RequestHead([
      'AUTHORIZATION',
      'Bearer t',
      'hOST',
      'a',
      'X-MS-Client-Request-Id',
      'x',
      'User-Agent',
      'u',
      'Content-Length',
      '3',
      'Transfer-Encoding',
      'chunked',
    ])
    assert.deepEqual(Object.fromEntries(Object.entries(head)), {
      host: 'a',
      authorization: 'Bearer t',
      userAgent: 'u',
      clientRequestId: 'x',
      contentLength: '3',
      hasTransferEncoding: true,
    })
  })

  test('has no host when two were sent', () => {
    assert.equal(new RequestHead(['Host', 'a', 'host', 'a']).host, undefined)
  })

  test('keeps the first of a header that came twice', () => {
    assert.equal(new RequestHead(['Authorization', 'first', 'authorization', 'second']).authorization, 'first')
  })

  test("prefers Azure's request id to the plain one", () => {
    assert.equal(
      new RequestHead(['client-request-id', 'plain', 'x-ms-client-request-id', 'azure']).clientRequestId,
      'azure',
    )
    assert.equal(new RequestHead(['client-request-id', 'plain']).clientRequestId, 'plain')
  })

  test('is empty without headers', () => {
    const absent = undefined
    assert.deepEqual(Object.fromEntries(Object.entries(new RequestHead([]))), {
      host: absent,
      authorization: absent,
      userAgent: absent,
      clientRequestId: absent,
      contentLength: absent,
      hasTransferEncoding: false,
    })
  })
})
