import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerClient } from './client/server-client.ts'
import type { CommandContext } from './command.ts'
import { CommandError } from './command-error.ts'
import { groupList } from './commands/group-list.ts'
import { argumentsOf } from './parser.ts'
import { resolveAssignee } from './principals.ts'
import { searchRoleAssignments } from './role-assignment-search.ts'
import { listRoleDefinitions } from './role-names.ts'
import { principalOption } from './vault-command.ts'
import { vaultResourcePath } from './vault-lookup.ts'

const unasked = (): never => assert.fail('only lists are asked for')

/** The `$filter`s that a command sends to a server on which it finds nothing. */
async function filtersOf(
  ask: (context: CommandContext) => Promise<unknown>,
  given: Readonly<Record<string, string>> = {},
): Promise<readonly (string | undefined)[]> {
  const filters: (string | undefined)[] = []
  const server: ServerClient = {
    server: {
      subscriptionId: 's',
      subscriptionName: 's',
      tenantId: 't',
      environmentName: 'e',
      user: { name: 'u', type: 'user' },
    },
    names: { management: 'm', graph: 'g', vaultSuffix: 'v' },
    management: unasked,
    settle: unasked,
    graph: unasked,
    vault: unasked,
    list: async (_, { query }) => {
      filters.push(query?.['$filter'])
      return []
    },
    token: unasked,
    signedInUser: unasked,
    close: unasked,
  }
  const context: CommandContext = {
    arguments: argumentsOf(given, [], []),
    server: async () => server,
    stdout: process.stdout,
    note: unasked,
    warn: unasked,
    dataDirectory: '/nowhere',
    dataDirectoryIsNamed: true,
  }
  await ask(context).catch((failure: unknown) => assert.ok(failure instanceof CommandError))
  return filters
}

const principal = async (context: CommandContext) => principalOption(await context.server(), context.arguments)

test('an apostrophe in a name stays within its text, whatever is asked for', async (t) => {
  for (const [title, filters, expected] of [
    ['--upn', await filtersOf(principal, { upn: "O'Brien@x" }), ["userPrincipalName eq 'O''Brien@x'"]],
    ['--spn', await filtersOf(principal, { spn: "O'Brien" }), ["servicePrincipalNames/any(c:c eq 'O''Brien')"]],
    ['--tag NAME', await filtersOf((context) => groupList.run(context), { tag: "O'Brien" }), ["tagname eq 'O''Brien'"]],
    [
      '--tag NAME=VALUE',
      await filtersOf((context) => groupList.run(context), { tag: "'=O'Brien" }),
      ["tagname eq '''' and tagvalue eq 'O''Brien'"],
    ],
    [
      '--assignee',
      await filtersOf((context) => resolveAssignee(context, "O'Brien@x")),
      ["userPrincipalName eq 'O''Brien@x'", "servicePrincipalNames/any(c:c eq 'O''Brien@x')"],
    ],
    [
      'the principal of role assignments',
      await filtersOf((context) =>
        searchRoleAssignments(context, { scope: undefined, objectId: "O'Brien", includeGroups: false }),
      ),
      ["principalId eq 'O''Brien'"],
    ],
    [
      'the same with its groups',
      await filtersOf((context) =>
        searchRoleAssignments(context, { scope: '/subscriptions/s', objectId: "O'Brien", includeGroups: true }),
      ),
      ["atScope() and assignedTo('O''Brien')"],
    ],
    [
      'the name of a role',
      await filtersOf(async (context) => listRoleDefinitions(await context.server(), '/subscriptions/s', "O'Brien")),
      ["roleName eq 'O''Brien'"],
    ],
    [
      'the name of a vault',
      await filtersOf(async (context) => vaultResourcePath(await context.server(), "O'Brien", undefined)),
      ["resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'O''Brien'"],
    ],
  ] as const) {
    await t.test(title, () => assert.deepEqual(filters, expected))
  }
})
