import type { Migration } from './migration.ts'

export const deletedSecrets: Migration = {
  version: 2,
  name: 'deleted-secrets',
  statements: () => [],
}
