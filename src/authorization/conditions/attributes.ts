import type { Reader } from '#storage/database.ts'

/**
 * Every attribute that a condition may ask about, as conditions write it, with the type of its value: `name` is a string in
 * which letter case tells nothing apart. Source: contracts/key-vault.md §7; Azure, "Authorization actions and attributes".
 */
export const attributeTypes = {
  '@Resource[Microsoft.KeyVault/vaults:name]': 'name',
  '@Resource[Microsoft.KeyVault/vaults/secrets:name]': 'name',
  '@Request[Microsoft.KeyVault/vaults/secrets:name]': 'name',
  '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]': 'guid',
  '@Request[Microsoft.Authorization/roleAssignments:PrincipalId]': 'guid',
  '@Request[Microsoft.Authorization/roleAssignments:PrincipalType]': 'string',
  '@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId]': 'guid',
  '@Resource[Microsoft.Authorization/roleAssignments:PrincipalId]': 'guid',
  '@Resource[Microsoft.Authorization/roleAssignments:PrincipalType]': 'string',
  '@Environment[UtcNow]': 'dateTime',
} as const

export type AttributeName = keyof typeof attributeTypes

/** Attributes that a call brings along; the environment's are known without. */
export type CallAttributeName = Exclude<AttributeName, '@Environment[UtcNow]'>

/** What is known of a call: names as written, GUIDs in canonical form. What is left out is not known. */
export type Attributes = Readonly<Partial<Record<CallAttributeName, string>>>

/** Attributes that stand in the database. Asked only when a decision hangs on them. */
export type AttributeLookup = (reader: Reader) => Promise<Attributes>

const byLowerCase: ReadonlyMap<string, AttributeName> = new Map(
  Object.keys(attributeTypes)
    .filter(isAttributeName)
    .map((name) => [name.toLowerCase(), name]),
)

function isAttributeName(text: string): text is AttributeName {
  return Object.hasOwn(attributeTypes, text)
}

/** The attribute that `@Source[path]` names in any letter case, or undefined. */
export function findAttribute(source: string, path: string): AttributeName | undefined {
  return byLowerCase.get(`@${source}[${path.trim()}]`.toLowerCase())
}

const secret = 'Microsoft.KeyVault/vaults/secrets'

/** The actions that bring attributes along: an assignment that grants none of them takes no condition. */
export const conditionalActions = {
  data: [
    `${secret}/getSecret/action`,
    `${secret}/readMetadata/action`,
    `${secret}/setSecret/action`,
    `${secret}/update/action`,
    `${secret}/rotate/action`,
    `${secret}/delete`,
    `${secret}/backup/action`,
    `${secret}/restore/action`,
    `${secret}/recover/action`,
    `${secret}/purge/action`,
  ],
  control: ['Microsoft.Authorization/roleAssignments/write', 'Microsoft.Authorization/roleAssignments/delete'],
} as const
