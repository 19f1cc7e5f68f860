import type { Migration } from './migration.ts'

export const roleConditions: Migration = {
  version: 4,
  name: 'role-conditions',
  statements: ({ text }) => [`ALTER TABLE role_assignment ADD COLUMN condition ${text}`],
}
