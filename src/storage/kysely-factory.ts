import { type DatabaseConnection, type Dialect, DummyDriver, Kysely } from 'kysely'
import type { Schema } from './schema.ts'

/** Transactions are this folder's alone: a query builder that could open its own would run past the freshness check. */
class ConnectionlessDriver extends DummyDriver {
  override beginTransaction(): Promise<void> {
    return Promise.reject(new TypeError('A transaction is opened by Database.write or Database.read.'))
  }
}

/** The parts of an engine's SQL that Kysely must know. */
export type SqlGrammar = Pick<Dialect, 'createAdapter' | 'createQueryCompiler' | 'createIntrospector'>

/** Makes query builders that speak one engine's SQL and run every query on the connection they are made for. */
export function createKyselyFactory(grammar: SqlGrammar): (connection: DatabaseConnection) => Kysely<Schema> {
  const driver = new ConnectionlessDriver()
  const dialect: Dialect = {
    createAdapter: () => grammar.createAdapter(),
    createQueryCompiler: () => grammar.createQueryCompiler(),
    createIntrospector: (kysely) => grammar.createIntrospector(kysely),
    createDriver: () => driver,
  }
  const config = { dialect }
  const executor = new Kysely<Schema>(config).getExecutor()
  return (connection) =>
    new Kysely<Schema>({
      config,
      dialect,
      driver,
      executor: executor.withConnectionProvider({ provideConnection: (consumer) => consumer(connection) }),
    })
}
