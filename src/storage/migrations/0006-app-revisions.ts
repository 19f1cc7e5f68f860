import type { Migration } from './migration.ts'

export const appRevisions: Migration = {
  version: 6,
  name: 'app-revisions',
  statements: () => [],
}
