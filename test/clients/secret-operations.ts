/** What a program prints that runs all twelve operations on secrets with a language's SDK: the same in every language. */
import assert from 'node:assert/strict'
import { assignRole, type Furnished, furnish, type RunningServer } from '../support/running-server.ts'

/** Two vaults of one tenant, and an app whose identity may do everything with the secrets in both. */
export interface SecretOperationsScene {
  readonly made: Furnished
  readonly otherVault: string
}

export async function furnishSecretOperations(server: RunningServer, language: string): Promise<SecretOperationsScene> {
  const made = await furnish(server, { vault: `kv-${language}-ops`, app: `${language}-ops` })
  const otherVault = `kv-${language}-other`
  const otherId = await server.command([
    'keyvault',
    'create',
    '-n',
    otherVault,
    '-g',
    made.group,
    '--query',
    'id',
    '-o',
    'tsv',
  ])
  for (const id of [made.vaultId, otherId]) {
    await assignRole(server, made.principalId, 'Key Vault Secrets Officer', id)
  }
  return { made, otherVault }
}

/**
 * Runs the program as the app, with the addresses of both vaults and a prefix for names, and compares what it prints. Retries
 * are off in the program, and challenges are verified.
 */
export async function assertSecretOperations(
  server: RunningServer,
  scene: SecretOperationsScene,
  run: { readonly program: readonly string[]; readonly suffix: string; readonly prefix: string },
): Promise<void> {
  const { made, otherVault } = scene
  const addressOf = (vault: string) => `https://${vault}.${run.suffix}`
  const parameters = [addressOf(made.vault), addressOf(otherVault), run.prefix]
  const ran = await server.try(['run', '--app', made.app, '--', ...run.program, ...parameters])
  assert.deepEqual({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }, { code: 0, stderr: '' })
  assert.deepEqual(JSON.parse(ran.stdout), expectedOf(addressOf(made.vault), run.prefix))
}

function expectedOf(address: string, prefix: string) {
  const name = `${prefix}-Secret`
  return {
    set: { name, value: 'one', contentType: 'text/plain', tags: { a: '1' }, enabled: true },
    got: { first: 'one', latest: 'zwei €' },
    updated: { contentType: 'text/html', tags: { b: '2' }, expires: 1_893_456_000 },
    versions: { count: 2, contentTypes: ['', 'text/html'] },
    listed: [`${prefix}-other`, name],
    deleted: {
      name,
      recoveryId: `${address}/deletedsecrets/${name}`,
      days: 90,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: 90,
    },
    gotDeleted: name,
    listedDeleted: [`${prefix}-other`, name],
    whileDeleted: { get: [404, 'SecretNotFound'], set: [409, 'Conflict'] },
    recovered: { name, value: 'zwei €', versions: 2 },
    restored: { name, sameVersion: true, first: 'one', latest: 'zwei €', versions: 2 },
    restoredAgain: [409, 'Conflict'],
    tampered: [400, 'BadParameter'],
    purged: { deleted: [404, 'SecretNotFound'], purgedAgain: [404, 'SecretNotFound'], restoredValue: 'zwei €' },
  }
}
