import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NonEmpty, Requirement } from '#authorization/decision.ts'
import type { AuditView } from '#operation/operation.ts'
import {
  refusalOf,
  requirementsOf,
  sampleOperation,
  samplePlace,
  vaultRequest,
} from '../../../test/support/vault-fixtures.ts'
import { recoveryOf, type SecretProperties } from '../wire.ts'
import { createBackupSecret } from './backup-secret.ts'
import { createDeleteSecret } from './delete-secret.ts'
import { createGetDeletedSecret } from './get-deleted-secret.ts'
import { createGetDeletedSecrets } from './get-deleted-secrets.ts'
import { createPurgeDeletedSecret } from './purge-deleted-secret.ts'
import { createRecoverDeletedSecret } from './recover-deleted-secret.ts'
import { createRestoreSecret } from './restore-secret.ts'

const origin = 'https://kv1.vault.azure.net'
const request = vaultRequest({ path: { name: 'Db' } })
const restoring = vaultRequest({ body: { value: Buffer.from('\u0001\u0002Db').toString('base64url') } })
const version = '0123456789abcdef0123456789abcdef'
const properties: SecretProperties = {
  name: 'Db',
  version,
  contentType: undefined,
  enabled: true,
  notBeforeSeconds: undefined,
  expiresSeconds: undefined,
  createdSeconds: 1,
  updatedSeconds: 1,
  tagsJson: undefined,
  previousVersion: undefined,
}
const answered = { recovery: recoveryOf(90, false), assignmentId: undefined }
const deleted = { properties, deletedSeconds: 1, scheduledPurgeSeconds: 2 }

const deleteSecret = sampleOperation(createDeleteSecret)
const getDeletedSecret = sampleOperation(createGetDeletedSecret)
const getDeletedSecrets = sampleOperation(createGetDeletedSecrets)
const recoverDeletedSecret = sampleOperation(createRecoverDeletedSecret)
const purgeDeletedSecret = sampleOperation(createPurgeDeletedSecret)
const backupSecret = sampleOperation(createBackupSecret)
const restoreSecret = sampleOperation(createRestoreSecret)

describe('what the operations of a deleted secret and of backups need', () => {
  const atSecret = `${samplePlace.scope.path}/secrets/db`
  const cases: readonly (readonly [string, () => Promise<NonEmpty<Requirement>>, string, string])[] = [
    ['deleteSecret', () => requirementsOf(deleteSecret, deleteSecret.parse(request)), 'secrets/delete', atSecret],
    [
      'getDeletedSecret',
      () => requirementsOf(getDeletedSecret, getDeletedSecret.parse(request)),
      'secrets/readMetadata/action',
      atSecret,
    ],
    [
      'getDeletedSecrets',
      () => requirementsOf(getDeletedSecrets, getDeletedSecrets.parse(vaultRequest())),
      'secrets/readMetadata/action',
      samplePlace.scope.path,
    ],
    [
      'recoverDeletedSecret',
      () => requirementsOf(recoverDeletedSecret, recoverDeletedSecret.parse(request)),
      'secrets/recover/action',
      atSecret,
    ],
    [
      'purgeDeletedSecret',
      () => requirementsOf(purgeDeletedSecret, purgeDeletedSecret.parse(request)),
      'secrets/purge/action',
      atSecret,
    ],
    [
      'backupSecret',
      () => requirementsOf(backupSecret, backupSecret.parse(request)),
      'secrets/backup/action',
      atSecret,
    ],
    [
      'restoreSecret',
      () => requirementsOf(restoreSecret, restoreSecret.parse(restoring)),
      'secrets/restore/action',
      atSecret,
    ],
  ]
  for (const [id, requirements, action, scope] of cases) {
    test(`${id} needs ${action}`, async () => {
      const [requirement, ...others] = await requirements()
      assert.deepEqual(others, [])
      assert.deepEqual(requirement.anyOf, [{ kind: 'data', name: `Microsoft.KeyVault/vaults/${action}` }])
      assert.equal(requirement.scope.path, scope)
    })
  }

  test('an access policy gives a deleted secret by get, as in Azure, not by list', async () => {
    const [requirement] = await requirementsOf(getDeletedSecret, getDeletedSecret.parse(request))
    assert.equal(requirement.secretPermission, 'get')
  })
})

describe('what is recorded of them', () => {
  const at = (path: string): string => `${origin}${path}?api-version=7.4`
  const cases: readonly (readonly [string, string, AuditView, AuditView])[] = [
    [
      'SecretDelete',
      deleteSecret.audit.operationName,
      deleteSecret.audit.view(deleteSecret.parse(request), request, { deleted, ...answered }),
      { id: `${origin}/secrets/Db/${version}`, requestUri: at('/secrets/Db'), version },
    ],
    [
      'SecretGetDeleted',
      getDeletedSecret.audit.operationName,
      getDeletedSecret.audit.view(getDeletedSecret.parse(request), request, { deleted, ...answered }),
      { id: `${origin}/deletedsecrets/Db`, requestUri: at('/deletedsecrets/Db'), version },
    ],
    [
      'SecretListDeleted',
      getDeletedSecrets.audit.operationName,
      getDeletedSecrets.audit.view(getDeletedSecrets.parse(request), request, {
        items: [deleted],
        nextLink: undefined,
        ...answered,
      }),
      { requestUri: `${at('/deletedsecrets')}&maxresults=25`, properties: { count: 1 } },
    ],
    [
      'SecretRecover',
      recoverDeletedSecret.audit.operationName,
      recoverDeletedSecret.audit.view(recoverDeletedSecret.parse(request), request, { properties, ...answered }),
      { id: `${origin}/deletedsecrets/Db`, requestUri: at('/deletedsecrets/Db/recover'), version },
    ],
    [
      'SecretPurge',
      purgeDeletedSecret.audit.operationName,
      purgeDeletedSecret.audit.view(purgeDeletedSecret.parse(request), request, { assignmentId: undefined }),
      { id: `${origin}/deletedsecrets/Db`, requestUri: at('/deletedsecrets/Db') },
    ],
    [
      'SecretBackup',
      backupSecret.audit.operationName,
      backupSecret.audit.view(backupSecret.parse(request), request, {
        blob: 'canary',
        versions: 3,
        assignmentId: undefined,
      }),
      { id: `${origin}/secrets/Db`, requestUri: at('/secrets/Db/backup'), properties: { versions: 3 } },
    ],
    [
      'SecretRestore',
      restoreSecret.audit.operationName,
      restoreSecret.audit.view(restoreSecret.parse(restoring), restoring, { properties, ...answered }),
      { id: `${origin}/secrets/Db/${version}`, requestUri: at('/secrets/restore'), version },
    ],
  ]
  for (const [expectedName, name, view, expected] of cases) {
    test(`${expectedName}: the secret and the address, never what it holds`, () => {
      assert.equal(name, expectedName)
      assert.deepEqual(view, expected)
    })
  }

  test('of a failed restore is the name that the backup claims', () => {
    assert.deepEqual(restoreSecret.audit.view(restoreSecret.parse(restoring), restoring, undefined), {
      id: `${origin}/secrets/Db`,
      requestUri: at('/secrets/restore'),
    })
  })
})

describe('what they refuse before anything is asked', () => {
  test('a name that cannot be one', () => {
    const bad = vaultRequest({ path: { name: 'a_b' } })
    const refusal = refusalOf('malformed', 'BadParameter', 'The request URI contains an invalid name: a_b')
    for (const operation of [deleteSecret, getDeletedSecret, recoverDeletedSecret, purgeDeletedSecret, backupSecret]) {
      assert.throws(() => operation.parse(bad), refusal, operation.id)
    }
  })

  test('a body that holds no backup', () => {
    for (const body of [{}, { value: null }, { value: 1 }, { value: '' }, [], 'text']) {
      assert.throws(() => restoreSecret.parse(vaultRequest({ body })), refusalOf('malformed', 'BadParameter', /./))
    }
  })

  test('a restored body may be as large as the largest backup', () => {
    assert.equal(restoreSecret.maximumBodyBytes, 22_369_622 + 1024)
  })
})
