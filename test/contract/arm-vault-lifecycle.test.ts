import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { saveSetting } from '#arm/diagnostic-setting-store.ts'
import { purgeDueVaults } from '#arm/purge-due-vaults.ts'
import { vaultPurger } from '#authorization/built-in-principals.ts'
import { builtInRoleIds } from '#authorization/built-in-roles.ts'
import { canonicalName, type SubscriptionId, trustGuid, tryParseVaultName, type VaultId } from '#base/ids.ts'
import { randomGuid, randomHex } from '#base/random.ts'
import { createSubscription } from '#directory/tenant-store.ts'
import { createBackgroundCalls } from '#operation/background-calls.ts'
import { createTenant, engines } from '../support/databases.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

for (const engine of engines) {
  describe(`the life of a vault on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    const newName = () => `Kv-${randomHex(5)}`
    const inProvider = (rest: string) => `/providers/Microsoft.KeyVault/${rest}`
    const vaultPath = (name: string) => arm.inGroup(inProvider(`vaults/${name}`))
    const deletedPath = (name: string, location = 'westeurope') =>
      arm.path(inProvider(`locations/${location}/deletedVaults/${name}`))
    const body = (properties: object = {}, top: object = {}) => ({
      location: 'westeurope',
      properties: {
        tenantId: arm.tenant,
        sku: { name: 'standard', family: 'A' },
        enableRbacAuthorization: true,
        ...properties,
      },
      ...top,
    })
    const recovering = () => body({ createMode: 'recover' })

    async function make(properties: object = {}, top: object = {}): Promise<string> {
      const name = newName()
      const made = await arm.send('PUT', vaultPath(name), { body: body(properties, top) })
      assert.equal(made.status, 201, made.text)
      return name
    }

    async function makeDeleted(properties: object = {}): Promise<string> {
      const name = await make(properties)
      assert.equal((await arm.send('DELETE', vaultPath(name))).status, 200)
      return name
    }

    function assertError(answer: Answered, status: number, code: string, message: string): void {
      assert.deepEqual(
        [answer.status, answer.body.error.code, answer.body.error.message],
        [status, code, message],
        answer.text,
      )
    }

    const deletedNotFound = (name: string) => `The specified deleted vault '${name}' does not exist.`
    const nameTaken = (name: string) =>
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name.`

    /** Rows of one vault in each table that holds any, and its domain key. */
    async function traces(name: string): Promise<Readonly<Record<string, number>>> {
      const id = await idOf(name)
      return arm.database.system('read', async (kysely) => {
        const count = async (table: 'secret' | 'secret_version' | 'diagnostic_setting') =>
          (await kysely.selectFrom(table).select('vault_id').where('vault_id', '=', id).execute()).length
        const keys = await kysely.selectFrom('domain_key').select('id').where('domain', '=', `vault/${id}`).execute()
        return {
          secret: await count('secret'),
          versions: await count('secret_version'),
          settings: await count('diagnostic_setting'),
          keys: keys.length,
        }
      })
    }

    const ids = new Map<string, string>()
    async function idOf(name: string): Promise<string> {
      const known = ids.get(name)
      if (known !== undefined) return known
      const vaultName = tryParseVaultName(name)
      assert.ok(vaultName !== undefined)
      const vault = await arm.read((reader) => arm.vaults.findByName(reader, vaultName))
      assert.ok(vault !== undefined)
      ids.set(name, vault.id)
      return vault.id
    }

    async function assignmentsAt(scope: string): Promise<number> {
      const rows = await arm.database.system('read', (kysely) =>
        kysely
          .selectFrom('role_assignment')
          .select('id')
          .where('tenant_id', '=', arm.tenant)
          .where('scope_canonical', 'like', `${scope.toLowerCase()}%`)
          .execute(),
      )
      return rows.length
    }

    describe('deletion', () => {
      test('a deleted vault is found among the deleted and nowhere else', async () => {
        const name = await make(
          { softDeleteRetentionInDays: 7, enablePurgeProtection: true },
          { tags: { env: 'test' } },
        )
        const deleted = await arm.send('DELETE', vaultPath(name))
        assert.deepEqual([deleted.status, deleted.text], [200, ''])
        const gone = await arm.send('GET', vaultPath(name))
        assertError(
          gone,
          404,
          'ResourceNotFound',
          `The Resource 'Microsoft.KeyVault/vaults/${name}' under resource group 'rg1' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
        )
        for (const list of [
          arm.inGroup(inProvider('vaults')),
          arm.path(inProvider('vaults')),
          arm.path('/resources'),
        ]) {
          const names = (await arm.send('GET', list)).body.value.map((item: { name: string }) => item.name)
          assert.ok(!names.includes(name), list)
        }
        const shown = await arm.send('GET', deletedPath(name.toUpperCase(), 'West Europe'))
        assert.equal(shown.status, 200, shown.text)
        const { deletionDate, scheduledPurgeDate } = shown.body.properties
        assert.match(deletionDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
        assert.equal(Date.parse(scheduledPurgeDate) - Date.parse(deletionDate), 7 * 86_400_000)
        const expected = {
          id: deletedPath(name),
          name,
          type: 'Microsoft.KeyVault/deletedVaults',
          properties: {
            vaultId: vaultPath(name),
            location: 'westeurope',
            tags: { env: 'test' },
            deletionDate,
            scheduledPurgeDate,
            purgeProtectionEnabled: true,
          },
        }
        assert.deepEqual(shown.body, expected)
        const listed = await arm.send('GET', arm.path(inProvider('deletedVaults')))
        assert.deepEqual(
          listed.body.value.filter((item: { name: string }) => item.name === name),
          [expected],
        )
      })

      test('deleting what is not there, or is elsewhere, answers 204', async () => {
        assert.equal((await arm.send('DELETE', vaultPath('kv-absent'))).status, 204)
        const name = await make()
        await arm.send('PUT', arm.path('/resourcegroups/rg-other'), { body: { location: 'westeurope' } })
        const elsewhere = arm.path(`/resourceGroups/rg-other${inProvider(`vaults/${name}`)}`)
        assert.equal((await arm.send('DELETE', elsewhere)).status, 204)
        assert.equal((await arm.send('GET', vaultPath(name))).status, 200)
      })

      test('the deleted are paged by name', async () => {
        const made = [await makeDeleted(), await makeDeleted(), await makeDeleted()]
        const path = arm.path(inProvider('deletedVaults'))
        const names: string[] = []
        let query: Record<string, string> = { $top: '2' }
        for (;;) {
          const page = await arm.send('GET', path, { query })
          assert.ok(page.body.value.length <= 2)
          names.push(...page.body.value.map((item: { name: string }) => item.name))
          if (page.body.nextLink === undefined) break
          query = Object.fromEntries(new URL(page.body.nextLink).searchParams)
        }
        const canonical = names.map(canonicalName)
        assert.deepEqual(canonical, canonical.toSorted())
        assert.deepEqual(
          made.filter((name) => !names.includes(name)),
          [],
        )
      })

      test('from the commit on the vault answers nobody, also where it was known', async () => {
        const name = await make()
        const place = await arm.places.resolve(name)
        assert.ok(place !== undefined)
        await arm.send('DELETE', vaultPath(name))
        assert.equal(await arm.places.resolve(name), undefined)
        await assert.rejects(async () => arm.read(async (reader) => arm.vaults.factsAt(reader, place)), {
          code: 'VaultNotFound',
        })
      })

      test('who may not delete, or not see what is deleted, is refused', async () => {
        const name = await make()
        const reader = await arm.user([['reader', arm.inGroup()]])
        const refused = await arm.send('DELETE', vaultPath(name), { as: reader })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
        await arm.send('DELETE', vaultPath(name))
        for (const path of [deletedPath(name), arm.path(inProvider('deletedVaults'))]) {
          const hidden = await arm.send('GET', path, { as: reader })
          assert.deepEqual([hidden.status, hidden.body.error.code], [403, 'AuthorizationFailed'])
        }
      })
    })

    describe('recovery', () => {
      test('a recovered vault has its settings, tags, secrets and role assignments', async () => {
        const name = await make({ enabledForDeployment: true }, { tags: { env: 'test' } })
        const before = (await arm.send('GET', vaultPath(name))).body
        const secret = `${vaultPath(name)}/secrets/db`
        await arm.send('PUT', secret, { body: { properties: { value: 's3cr3t' } } })
        await arm.assign(await arm.user(), builtInRoleIds.keyVaultSecretsUser, vaultPath(name))
        await arm.send('DELETE', vaultPath(name))
        assert.equal((await arm.send('GET', secret)).status, 404)
        const recovered = await arm.send('PUT', vaultPath(name), { body: recovering() })
        assert.equal(recovered.status, 200, recovered.text)
        assert.deepEqual(recovered.body.properties, before.properties)
        assert.deepEqual([recovered.body.id, recovered.body.tags], [before.id, before.tags])
        assert.equal((await arm.send('GET', secret)).status, 200)
        assert.equal(await assignmentsAt(vaultPath(name)), 1)
        assert.ok((await arm.places.resolve(name)) !== undefined)
        assertError(
          await arm.send('GET', deletedPath(name)),
          404,
          'DeletedVaultNotFound',
          deletedNotFound(name.toLowerCase()),
        )
      })

      test('what is not deleted, or was elsewhere, cannot be recovered', async () => {
        const text =
          'A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted to recover is in a recoverable state.'
        const active = await make()
        const deleted = await makeDeleted()
        await arm.send('PUT', arm.path('/resourcegroups/rg-elsewhere'), { body: { location: 'westeurope' } })
        for (const path of [
          vaultPath('kv-never-was'),
          vaultPath(active),
          arm.path(`/resourceGroups/rg-elsewhere${inProvider(`vaults/${deleted}`)}`),
        ]) {
          assertError(await arm.send('PUT', path, { body: recovering() }), 400, 'SoftDeletedVaultDoesNotExist', text)
        }
        const moved = await arm.send('PUT', vaultPath(deleted), {
          body: { ...recovering(), location: 'northeurope' },
        })
        assert.deepEqual([moved.status, moved.body.error.code], [409, 'InvalidResourceLocation'])
        const word = await arm.send('PUT', vaultPath(deleted), { body: body({ createMode: 'revive' }) })
        assert.deepEqual([word.status, word.body.error.code], [400, 'InvalidRequestContent'])
      })
    })

    describe('names', () => {
      test('the name of a deleted vault is not to be had, and the refusal says how', async () => {
        const name = await makeDeleted()
        const again = await arm.send('PUT', vaultPath(name), { body: body() })
        assertError(
          again,
          409,
          'ConflictError',
          'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.',
        )
        await arm.send('PUT', arm.path('/resourcegroups/rg-second'), { body: { location: 'westeurope' } })
        const elsewhere = arm.path(`/resourceGroups/rg-second${inProvider(`vaults/${name}`)}`)
        assert.equal((await arm.send('PUT', elsewhere, { body: body() })).body.error.code, 'ConflictError')
      })

      test('another subscription and another tenant learn only that the name is taken', async () => {
        const name = await makeDeleted()
        const other = trustGuid<SubscriptionId>(randomGuid())
        await arm.database.system('write', (kysely) =>
          createSubscription(kysely, {
            id: other,
            tenant: arm.tenant,
            displayName: 'Other',
            createdAt: arm.clock.now(),
          }),
        )
        await arm.assign(arm.operator, builtInRoleIds.owner, `/subscriptions/${other}`)
        const group = `/subscriptions/${other}/resourceGroups/rg1`
        assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
        const path = `${group}${inProvider(`vaults/${name}`)}`
        assertError(await arm.send('PUT', path, { body: body() }), 409, 'VaultAlreadyExists', nameTaken(name))
        const recovered = await arm.send('PUT', path, { body: recovering() })
        assert.equal(recovered.body.error.code, 'SoftDeletedVaultDoesNotExist')
        const foreign = deletedPath(name).replace(arm.subscription, other)
        assert.equal((await arm.send('GET', foreign)).body.error.code, 'DeletedVaultNotFound')

        const tenant = await createTenant(arm.database)
        const vaultName = tryParseVaultName(name)
        assert.ok(vaultName !== undefined)
        const seen = await arm.database.read({ tenant }, async (reader) => [
          await arm.vaults.findByName(reader, vaultName),
          await arm.vaults.isNameTaken(reader, vaultName),
        ])
        assert.deepEqual(seen, [undefined, true])
      })

      test('availability is told of free, taken, deleted and impossible names', async () => {
        const taken = await make()
        const deleted = await makeDeleted()
        const check = async (name: string) =>
          (
            await arm.send('POST', arm.path(inProvider('checkNameAvailability')), {
              body: { name, type: 'Microsoft.KeyVault/vaults' },
            })
          ).body
        assert.deepEqual(await check(newName()), { nameAvailable: true })
        for (const name of [taken, deleted]) {
          assert.deepEqual(await check(name), {
            nameAvailable: false,
            reason: 'AlreadyExists',
            message: nameTaken(name),
          })
        }
        assert.deepEqual(await check('1kv'), {
          nameAvailable: false,
          reason: 'AccountNameInvalid',
          message:
            "The vault name '1kv' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
        })
        const type = await arm.send('POST', arm.path(inProvider('checkNameAvailability')), {
          body: { name: 'kv-one', type: 'Microsoft.Storage/storageAccounts' },
        })
        assertError(type, 400, 'InvalidRequestContent', "'type' must be 'Microsoft.KeyVault/vaults'.")
      })
    })

    describe('purge', () => {
      test('a purge is accepted, its outcome can be asked for, and nothing of the vault is left', async () => {
        const name = await make()
        await arm.send('PUT', `${vaultPath(name)}/secrets/db`, { body: { properties: { value: 's3cr3t' } } })
        await arm.assign(await arm.user(), builtInRoleIds.keyVaultSecretsUser, vaultPath(name))
        await arm.assign(await arm.user(), builtInRoleIds.keyVaultSecretsUser, `${vaultPath(name)}/secrets/db`)
        const vault = trustGuid<VaultId>(await idOf(name))
        const setting = { vault, scopePath: vaultPath(name), name: 'audit', properties: {}, sinks: ['file'] }
        await arm.database.write({ tenant: arm.tenant }, (writer) => saveSetting(writer, setting))
        assert.deepEqual(await traces(name), { secret: 1, versions: 1, settings: 1, keys: 1 })
        await arm.send('DELETE', vaultPath(name))
        assert.deepEqual(await traces(name), { secret: 1, versions: 1, settings: 1, keys: 1 })
        const origin = 'https://management.localhost:8443'
        const purged = await arm.send('POST', `${deletedPath(name)}/purge`, { origin })
        assert.deepEqual([purged.status, purged.text, purged.headers['Retry-After']], [202, '', '1'])
        assert.deepEqual(await traces(name), { secret: 0, versions: 0, settings: 0, keys: 0 })
        assert.equal(await assignmentsAt(vaultPath(name)), 0)
        const location = new URL(purged.headers['Location'] ?? '')
        assert.equal(location.origin, origin)
        assert.equal(location.searchParams.get('api-version'), '2026-02-01')
        const nobody = await arm.user()
        const outcome = await arm.send('GET', location.pathname, { as: nobody })
        assert.equal(outcome.status, 200, outcome.text)
        assert.deepEqual(outcome.body, {
          id: location.pathname,
          name: location.pathname.split('/').at(-1),
          status: 'Succeeded',
          startTime: outcome.body.startTime,
          endTime: outcome.body.startTime,
        })
        const unknown = location.pathname.replace(/[^/]+$/, randomGuid())
        assert.equal((await arm.send('GET', unknown)).body.error.code, 'OperationNotFound')
        assertError(
          await arm.send('POST', `${deletedPath(name)}/purge`),
          404,
          'DeletedVaultNotFound',
          deletedNotFound(name.toLowerCase()),
        )
        assert.equal((await arm.send('PUT', vaultPath(name), { body: body() })).status, 201)
      })

      test('an active vault, and one at another location, is no deleted vault', async () => {
        const active = await make()
        const deleted = await makeDeleted()
        for (const path of [deletedPath(active), deletedPath(deleted, 'northeurope'), deletedPath('a')]) {
          const answer = await arm.send('POST', `${path}/purge`)
          assert.deepEqual([answer.status, answer.body.error.code], [404, 'DeletedVaultNotFound'])
        }
        assert.equal((await arm.send('GET', deletedPath(deleted))).status, 200)
      })

      test('purge protection refuses everybody, the Owner too', async () => {
        const name = await makeDeleted({ enablePurgeProtection: true })
        const refused = await arm.send('POST', `${deletedPath(name)}/purge`)
        assertError(refused, 405, 'MethodNotAllowed', "Operation 'DeletedVaultPurge' is not allowed.")
        assert.equal((await arm.send('GET', deletedPath(name))).status, 200)
      })

      test('who may not purge is refused', async () => {
        const name = await makeDeleted()
        const reader = await arm.user([['reader', arm.path()]])
        const refused = await arm.send('POST', `${deletedPath(name)}/purge`, { as: reader })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
        assert.ok(refused.body.error.message.includes('Microsoft.KeyVault/locations/deletedVaults/purge/action'))
      })
    })

    describe('scheduled purge', () => {
      async function makeDue(...names: readonly string[]): Promise<void> {
        const canonical = names.map(canonicalName)
        await arm.database.system('write', (kysely) =>
          kysely.updateTable('vault').set({ purge_at: 1 }).where('name_canonical', 'in', canonical).execute(),
        )
      }
      const run = () =>
        purgeDueVaults({
          vaults: arm.vaults,
          surface: arm.surface,
          calls: createBackgroundCalls({ gate: arm.gate, database: arm.database, clock: arm.clock }),
          clock: arm.clock,
        })

      test('what is due is purged by the built-in purger and recorded, protected or not; the rest stays', async () => {
        const due = await makeDeleted({ enablePurgeProtection: true })
        const later = await makeDeleted()
        await idOf(due)
        await makeDue(due)
        const recorded = arm.records.length
        await run()
        assert.deepEqual(await traces(due), { secret: 0, versions: 0, settings: 0, keys: 0 })
        assert.equal((await arm.send('GET', deletedPath(due))).status, 404)
        assert.equal((await arm.send('GET', deletedPath(later))).status, 200)
        const record = arm.records.slice(recorded).find(({ body: line }) => line.includes('Vaults_PurgeScheduled'))
        assert.ok(record !== undefined)
        // The log closes the line when it gives it a place.
        const { strongroom, properties, identity } = JSON.parse(`${record.body}}}`)
        assert.deepEqual(
          [properties.httpStatusCode, strongroom.principal, strongroom.decision, identity.claim.oid],
          [200, vaultPurger.id, 'allow', vaultPurger.id],
        )
      })

      test('a vault is claimed by one server, and by another when that one does not finish', async () => {
        const name = await makeDeleted()
        await makeDue(name)
        const now = arm.clock.now()
        const claims = await Promise.all([arm.vaults.claimDue(now, 20), arm.vaults.claimDue(now, 20)])
        const claimed = claims.flat().filter((vault) => vault.address.name === name)
        assert.equal(claimed.length, 1)
        const later = new Date(now.getTime() + 11 * 60_000)
        const again = await arm.vaults.claimDue(later, 20)
        assert.deepEqual(
          again.map((vault) => vault.address.name),
          [name],
        )
      })

      test('what was recovered after it was claimed is left alone', async () => {
        const name = await makeDeleted()
        await makeDue(name)
        const vaults = {
          claimDue: async (...given: Parameters<typeof arm.vaults.claimDue>) => {
            const due = await arm.vaults.claimDue(...given)
            await arm.send('PUT', vaultPath(name), { body: recovering() })
            return due
          },
        }
        await purgeDueVaults({
          vaults: Object.assign(Object.create(arm.vaults), vaults, {
            findByName: arm.vaults.findByName.bind(arm.vaults),
          }),
          surface: arm.surface,
          calls: createBackgroundCalls({ gate: arm.gate, database: arm.database, clock: arm.clock }),
          clock: arm.clock,
        })
        assert.equal((await arm.send('GET', vaultPath(name))).status, 200)
      })

      test('the purger may do nothing else', async () => {
        const name = await make()
        for (const [method, path] of [
          ['GET', vaultPath(name)],
          ['DELETE', vaultPath(name)],
          ['PUT', vaultPath(name)],
        ] as const) {
          const answer = await arm.send(method, path, { as: vaultPurger.id, body: body() })
          assert.deepEqual([answer.status, answer.body.error.code], [403, 'AuthorizationFailed'])
        }
      })
    })

    describe('update', () => {
      test('a PATCH changes what it names; what it leaves out or nulls stays', async () => {
        const name = await make({ enabledForDeployment: true }, { tags: { env: 'test' } })
        const before = (await arm.send('GET', vaultPath(name))).body
        const patched = await arm.send('PATCH', vaultPath(name), {
          body: { properties: { sku: { name: 'premium', family: 'A' }, enabledForDeployment: null } },
        })
        assert.equal(patched.status, 200, patched.text)
        assert.deepEqual(patched.body, {
          ...before,
          systemData: patched.body.systemData,
          properties: { ...before.properties, sku: { family: 'A', name: 'premium' } },
        })
        const tagged = await arm.send('PATCH', vaultPath(name), {
          body: { tags: { team: 'a' }, properties: { enablePurgeProtection: true } },
        })
        assert.deepEqual([tagged.body.tags, tagged.body.properties.enablePurgeProtection], [{ team: 'a' }, true])
        assert.deepEqual((await arm.send('GET', vaultPath(name))).body, tagged.body)
        assert.deepEqual(
          (await arm.send('PATCH', vaultPath(name), { body: {} })).body.properties,
          tagged.body.properties,
        )
      })

      test('a PATCH is held to the rules of a PUT', async () => {
        const name = await make()
        const cases: readonly (readonly [object, string])[] = [
          [{ properties: { softDeleteRetentionInDays: 30 } }, 'BadRequest'],
          [{ properties: { enableSoftDelete: false } }, 'BadRequest'],
          [{ properties: { enablePurgeProtection: false } }, 'BadRequest'],
          [{ properties: { createMode: 'recover' } }, 'BadRequest'],
          [{ properties: { sku: { name: 'gold' } } }, 'SkuNotSupported'],
          [{ properties: { tenantId: randomGuid() } }, 'BadRequest'],
          [{ properties: [] }, 'InvalidRequestContent'],
          [{ tags: { a: 1 } }, 'InvalidTags'],
        ]
        for (const [patch, code] of cases) {
          const answer = await arm.send('PATCH', vaultPath(name), { body: patch })
          assert.deepEqual(
            [JSON.stringify(patch), answer.status, answer.body.error?.code],
            [JSON.stringify(patch), 400, code],
          )
        }
        const absent = await arm.send('PATCH', vaultPath('kv-absent'), { body: {} })
        assert.deepEqual([absent.status, absent.body.error.code], [404, 'ResourceNotFound'])
      })
    })

    describe('managed HSMs and the provider itself', () => {
      test('there are no managed HSMs, and az is told so', async () => {
        for (const path of [
          arm.path(inProvider('managedHSMs')),
          arm.inGroup(inProvider('managedHSMs')),
          arm.path(inProvider('deletedManagedHSMs')),
        ]) {
          const answer = await arm.send('GET', path)
          assert.deepEqual([path, answer.status, answer.body], [path, 200, { value: [] }])
        }
        const absent = await arm.send('GET', arm.path(`/resourceGroups/rg-absent${inProvider('managedHSMs')}`))
        assert.deepEqual([absent.status, absent.body.error.code], [404, 'ResourceGroupNotFound'])
      })

      test('the permissions of the provider are listed for everybody', async () => {
        const nobody = await arm.user()
        const answer = await arm.send('GET', inProvider('operations'), { as: nobody })
        assert.equal(answer.status, 200)
        const purge = 'Microsoft.KeyVault/locations/deletedVaults/purge/action'
        assert.deepEqual(
          answer.body.value.find((item: { name: string }) => item.name === purge),
          {
            name: purge,
            isDataAction: false,
            display: {
              provider: 'Microsoft Key Vault',
              resource: 'Soft Deleted Vault',
              operation: 'Purge soft deleted vault',
              description: 'Purge soft deleted vault',
            },
          },
        )
      })
    })
  })
}
