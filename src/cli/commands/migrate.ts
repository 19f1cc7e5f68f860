import { ServiceError } from '#base/errors.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../command-error.ts'

export const migrate: Command = {
  path: 'migrate',
  summary: 'Bring the schema of a PostgreSQL database up to date, as its owner, before servers of a new version start.',
  options: [
    { name: '--database', summary: 'A postgres:// address without a password.', placeholder: 'DATABASE' },
    { name: '--database-url-file', summary: 'A file of mode 0600 with the postgres:// address.', placeholder: 'FILE' },
    {
      name: '--server-role',
      summary: 'The role servers sign in with; it gets what they need, and no right to change audit rows.',
      placeholder: 'ROLE',
    },
  ],
  async run(context) {
    const given = context.arguments
    const flags = {
      dataDirectory: context.dataDirectory,
      database: given.text('database'),
      databaseUrlFile: given.text('database-url-file'),
      passThrough: true,
      development: false,
    }
    try {
      const { migrateDatabase } = await import('#app/migrate.ts')
      return await migrateDatabase(flags, given.text('server-role'))
    } catch (failure) {
      if (failure instanceof ServiceError) throw new CommandError(failure.message, 1, { cause: failure })
      throw failure
    }
  },
}
