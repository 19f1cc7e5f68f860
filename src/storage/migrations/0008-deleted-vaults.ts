import type { Migration } from './migration.ts'

/** A deleted vault knows since when, until when it can be recovered, and which server is purging it. */
export const deletedVaults: Migration = {
  version: 8,
  name: 'deleted-vaults',
  statements: ({ integer }) => [
    `ALTER TABLE vault ADD COLUMN deleted_at ${integer}`,
    `ALTER TABLE vault ADD COLUMN purge_at ${integer}`,
    `ALTER TABLE vault ADD COLUMN purge_claimed_until ${integer}`,
    "CREATE INDEX vault_by_purge ON vault (purge_at) WHERE state = 'deleted'",
    "CREATE INDEX vault_deleted ON vault (tenant_id, subscription_id, name_canonical) WHERE state = 'deleted'",
  ],
}
