import type { Migration } from './migration.ts'

export const resourceLocks: Migration = {
  version: 7,
  name: 'resource-locks',
  statements: () => [],
}
