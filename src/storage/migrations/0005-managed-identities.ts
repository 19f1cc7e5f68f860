import type { Migration } from './migration.ts'

export const managedIdentities: Migration = {
  version: 5,
  name: 'managed-identities',
  statements: () => [],
}
