import type { Migration } from './migration.ts'

export const roleConditions: Migration = {
  version: 4,
  name: 'role-conditions',
  statements: () => [],
}
