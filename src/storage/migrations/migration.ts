/** What differs between the engines' SQL. Text compares by bytes on both, so that pages come in the same order. */
export interface SqlDialect {
  readonly engine: 'sqlite' | 'postgres'
  readonly text: string
  readonly integer: string
  readonly bytes: string
  /** A column that numbers its rows in the order of insertion. */
  readonly position: string
  /** Follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: string
}

export interface Migration {
  /** Consecutive from 1. */
  readonly version: number
  readonly name: string
  statements(dialect: SqlDialect): readonly string[]
}
