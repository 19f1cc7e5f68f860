import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TenantId, trustGuid } from '#base/ids.ts'
import { isBefore, KnownCounters } from './known-counters.ts'

const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')

test('an answer that comes late does not replace a newer one', () => {
  const known = new KnownCounters()
  assert.equal(known.get(tenant), undefined)
  known.observe(tenant, { generation: 5, epoch: 2 })
  known.observe(tenant, { generation: 4, epoch: 2 })
  assert.deepEqual(known.get(tenant), { generation: 5, epoch: 2 })
  known.observe(tenant, { generation: 5, epoch: 3 })
  assert.deepEqual(known.get(tenant), { generation: 5, epoch: 3 })
})

test('a state is before another when fewer moves led to it', () => {
  assert.equal(isBefore({ generation: 1, epoch: 2 }, { generation: 1, epoch: 3 }), true)
  assert.equal(isBefore({ generation: 1, epoch: 3 }, { generation: 1, epoch: 3 }), false)
  assert.equal(isBefore({ generation: 2, epoch: 3 }, { generation: 1, epoch: 3 }), false)
})
