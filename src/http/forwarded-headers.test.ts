import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forwardedHeaders } from './forwarded-headers.ts'

describe('forwardedHeaders', () => {
  test('leaves out what belongs to one connection and what Connection names', () => {
    const raw = [
      'Host',
      'a',
      'Connection',
      'close, X-Secret',
      'X-Secret',
      '1',
      'Proxy-Authorization',
      'Basic x',
      'TE',
      'trailers',
    ]
    assert.deepEqual(
      forwardedHeaders([...raw, 'Upgrade', 'h2c', 'Accept', 'x', 'accept', 'y', 'Keep-Alive', '1'], ['host']),
      ['Accept', 'x', 'accept', 'y'],
    )
  })
})
