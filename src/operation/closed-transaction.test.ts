import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TenantId } from '#base/ids.ts'
import { trustGuid } from '#base/ids.ts'
import { refusalOf } from '../../test/support/vault-fixtures.ts'
import { closedTransaction } from './closed-transaction.ts'

test('a closed transaction knows its tenant and the time, and gives no row in any way', async () => {
  const tenant = trustGuid<TenantId>('11111111-1111-4111-8111-111111111111')
  const now = new Date('2026-11-01T12:00:00Z')
  const transaction = closedTransaction(tenant, { now: () => now, monotonicMilliseconds: () => 0 })
  assert.deepEqual([transaction.tenant, transaction.now], [tenant, now])
  const refusal = refusalOf('internal', 'InternalError', 'A public operation may not read rows.')
  await assert.rejects(async () => transaction.rows({ name: 'any', sql: 'SELECT 1' }, []), refusal)
  assert.throws(() => transaction.kysely, refusal)
})
