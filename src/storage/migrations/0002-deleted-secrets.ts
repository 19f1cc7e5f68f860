import type { Migration } from './migration.ts'

/**
 * A deleted secret knows since when, until when it can be recovered, and whether a server is purging it. Lists of active and
 * of deleted secrets each walk an index of their own state, so that neither passes over the other's rows.
 */
export const deletedSecrets: Migration = {
  version: 2,
  name: 'deleted-secrets',
  statements: ({ integer }) => [
    `ALTER TABLE secret ADD COLUMN deleted_at ${integer}`,
    `ALTER TABLE secret ADD COLUMN purge_at ${integer}`,
    `ALTER TABLE secret ADD COLUMN purge_claimed_until ${integer}`,
    'CREATE INDEX secret_by_state ON secret (tenant_id, vault_id, state, name_canonical)',
    'CREATE INDEX secret_by_purge ON secret (tenant_id, purge_at) WHERE purge_at IS NOT NULL',
  ],
}
