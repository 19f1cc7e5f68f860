import type { Migration } from './migration.ts'

export const vaultAccess: Migration = {
  version: 3,
  name: 'vault-access',
  statements: () => [],
}
