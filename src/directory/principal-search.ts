import { type SqlBool, sql } from 'kysely'
import type { PrincipalId } from '#base/ids.ts'
import type { TenantReader } from './membership.ts'
import { type Principal, type PrincipalType, principalFromRow, principals } from './principal-store.ts'

/** One condition on a principal. Names compare without the letter case of ASCII letters. */
export type PrincipalCondition =
  | { readonly property: 'id' | 'clientId' | 'servicePrincipalType'; readonly match: 'equals'; readonly text: string }
  | {
      readonly property: 'displayName' | 'userPrincipalName' | 'mailNickname'
      readonly match: 'equals' | 'startsWith'
      readonly text: string
    }
  | { readonly property: 'enabled'; readonly match: 'equals'; readonly text: 'true' | 'false' }

/** Principals of one type that meet every condition, in the order of their ids, those after `after`, at most `limit`. */
export async function searchPrincipals(
  reader: TenantReader,
  search: {
    readonly type: PrincipalType
    readonly conditions: readonly PrincipalCondition[]
    readonly after: PrincipalId | undefined
    readonly limit: number
  },
): Promise<readonly Principal[]> {
  let select = principals(reader).where('type', '=', search.type)
  for (const condition of search.conditions) select = select.where(expressionOf(condition))
  if (search.after !== undefined) select = select.where('id', '>', search.after)
  const rows = await select.orderBy('id').limit(search.limit).execute()
  return rows.map(principalFromRow)
}

function expressionOf({ property, match, text }: PrincipalCondition) {
  switch (property) {
    case 'id':
    case 'clientId':
      return sql<SqlBool>`${sql.ref(property === 'id' ? 'id' : 'client_id')} = ${text.toLowerCase()}`
    case 'servicePrincipalType':
      return sql<SqlBool>`service_principal_type = ${text}`
    case 'enabled':
      return sql<SqlBool>`enabled = ${text === 'true' ? 1 : 0}`
    case 'userPrincipalName':
      // Stored in lower case, beyond ASCII too.
      return textExpression(sql.ref('user_principal_name'), match, text.toLowerCase())
    case 'displayName':
      return textExpression(sql`lower(display_name)`, match, lowerAscii(text))
    case 'mailNickname':
      return textExpression(sql`lower(mail_nickname)`, match, lowerAscii(text))
  }
}

/** Above every character: what starts with a text comes before that text and this. */
const highest = '\u{10FFFF}'

function textExpression(column: ReturnType<typeof sql>, match: 'equals' | 'startsWith', text: string) {
  if (match === 'equals') return sql<SqlBool>`${column} = ${text}`
  return sql<SqlBool>`(${column} >= ${text} AND ${column} < ${text + highest})`
}

/** What both engines make of `lower` under a byte-wise collation. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
