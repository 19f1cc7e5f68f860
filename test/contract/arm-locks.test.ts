import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomHex } from '#base/random.ts'
import { engines } from '../support/databases.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

for (const engine of engines) {
  describe(`locks on ${engine.name}`, { skip: engine.skip }, () => {
    let arm: ArmHarness
    before(async () => {
      arm = await ArmHarness.open(engine)
    })
    after(() => arm.close())

    /** A group of its own with an environment, so that locks of one test do not stand in another's way. */
    async function newGroup(): Promise<{ readonly group: string; readonly environment: string }> {
      const group = arm.path(`/resourceGroups/rg-${randomHex(4)}`)
      assert.equal((await arm.send('PUT', group, { body: { location: 'westeurope' } })).status, 201)
      const environment = `${group}/providers/Microsoft.App/managedEnvironments/env1`
      assert.equal((await putEnvironment(environment)).status, 201)
      return { group, environment }
    }

    const putEnvironment = (path: string) => arm.send('PUT', path, { body: { location: 'westeurope', properties: {} } })

    const lockPath = (scope: string, name = 'lock1') => `${scope}/providers/Microsoft.Authorization/locks/${name}`

    async function lock(scope: string, level: string, name = 'lock1'): Promise<Answered> {
      const answer = await arm.send('PUT', lockPath(scope, name), { body: { properties: { level, notes: 'keep' } } })
      assert.equal(answer.status, 201, answer.text)
      return answer
    }

    function refusalOf(scope: string, verb: string, locked: string): readonly unknown[] {
      const message = `The scope '${scope.toLowerCase()}' cannot perform ${verb} operation because following scope(s) are locked: '${locked}'. Please remove the lock and try again.`
      return [409, { error: { code: 'ScopeLocked', message } }]
    }

    describe('as resources', () => {
      test('a lock is created with 201, replaced with 200, shown, and deleted with 200, then 204', async () => {
        const { group } = await newGroup()
        const created = await lock(group, 'CanNotDelete', 'My Lock')
        assert.deepEqual(created.body, {
          id: lockPath(group, 'My Lock'),
          name: 'My Lock',
          type: 'Microsoft.Authorization/locks',
          properties: { level: 'CanNotDelete', notes: 'keep' },
        })
        const path = lockPath(group, 'my%20lock')
        const replaced = await arm.send('PUT', path, { body: { properties: { level: 'readonly', notes: null } } })
        assert.deepEqual([replaced.status, replaced.body.properties], [200, { level: 'ReadOnly' }])
        const shown = await arm.send('GET', path)
        assert.deepEqual([shown.status, shown.body.properties], [200, { level: 'ReadOnly' }])
        assert.equal((await arm.send('DELETE', path)).status, 200)
        assert.equal((await arm.send('DELETE', path)).status, 204)
        const gone = await arm.send('GET', path)
        assert.deepEqual(
          [gone.status, gone.body],
          [404, { error: { code: 'LockNotFound', message: "The lock 'my lock' could not be found." } }],
        )
      })

      test('what is no lock, or stands at nothing, is refused', async () => {
        const { group } = await newGroup()
        const body = { properties: { level: 'CanNotDelete' } }
        const cases: readonly (readonly [string, object, number, string])[] = [
          [lockPath(group), { properties: { level: 'NotSpecified' } }, 400, 'InvalidRequestContent'],
          [lockPath(group), {}, 400, 'InvalidRequestContent'],
          [lockPath(group), { properties: { level: 'ReadOnly', owners: [{}] } }, 400, 'InvalidRequestContent'],
          [lockPath(arm.path('/resourceGroups/none')), body, 404, 'ResourceGroupNotFound'],
          [lockPath(`${group}/providers/Microsoft.App/managedEnvironments/none`), body, 404, 'ResourceNotFound'],
          [lockPath(group, 'a%26b'), body, 400, 'InvalidLockName'],
          [lockPath(''), body, 400, 'InvalidScope'],
        ]
        for (const [path, sent, status, code] of cases) {
          const as = arm.operator
          const answer = await arm.send('PUT', path, { body: sent, as })
          assert.deepEqual([path, answer.status, answer.body.error.code], [path, status, code])
        }
      })

      test('a list shows the locks at the scope and below, or with atScope() those at it and above', async () => {
        const { group, environment } = await newGroup()
        await lock(group, 'CanNotDelete', 'group-lock')
        await lock(environment, 'CanNotDelete', 'environment-lock')
        const namesOf = (answer: Answered) => answer.body.value.map((item: { name: string }) => item.name)
        const list = (scope: string) => `${scope}/providers/Microsoft.Authorization/locks`
        assert.deepEqual(namesOf(await arm.send('GET', list(group))), ['group-lock', 'environment-lock'])
        // az leaves the parent's place empty.
        const written = environment.replace('Microsoft.App/', 'Microsoft.App//')
        assert.deepEqual(namesOf(await arm.send('GET', list(written))), ['environment-lock'])
        const above = await arm.send('GET', list(environment), { query: { $filter: 'atScope()' } })
        assert.deepEqual(namesOf(above), ['group-lock', 'environment-lock'])
        const first = await arm.send('GET', list(group), { query: { $top: '1' } })
        const query = Object.fromEntries(new URL(first.body.nextLink).searchParams)
        assert.deepEqual(namesOf(await arm.send('GET', list(group), { query })), ['environment-lock'])
        const nobody = await arm.user()
        assert.deepEqual((await arm.send('GET', list(group), { as: nobody })).body, { value: [] })
        const wrong = await arm.send('GET', list(group), { query: { $filter: "name eq 'x'" } })
        assert.deepEqual([wrong.status, wrong.body.error.code], [400, 'InvalidFilterInQueryString'])
      })

      test('only who may write locks gives and takes them: a contributor may not', async () => {
        const { group } = await newGroup()
        const contributor = await arm.user([['contributor', group]])
        const body = { properties: { level: 'CanNotDelete' } }
        const refused = await arm.send('PUT', lockPath(group), { body, as: contributor })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
        await lock(group, 'CanNotDelete')
        const kept = await arm.send('DELETE', lockPath(group), { as: contributor })
        assert.deepEqual([kept.status, kept.body.error.code], [403, 'AuthorizationFailed'])
      })
    })

    describe('CanNotDelete', () => {
      test('at a group refuses deletions in it, in Azure’s words, until it is taken away', async () => {
        const { group, environment } = await newGroup()
        const app = `${group}/providers/Microsoft.App/containerApps/app1`
        const assignment = `${environment}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-4111-8111-111111111111`
        await lock(group, 'CanNotDelete')
        const refused = await arm.send('DELETE', app)
        assert.deepEqual([refused.status, refused.body], refusalOf(app, 'delete', group))
        const alsoRefused = await arm.send('DELETE', assignment)
        assert.deepEqual([alsoRefused.status, alsoRefused.body], refusalOf(assignment, 'delete', group))
        assert.equal((await putEnvironment(environment)).status, 200)
        assert.equal((await arm.send('DELETE', lockPath(group))).status, 200)
        assert.equal((await arm.send('DELETE', app)).status, 204)
      })

      test('at a resource refuses the deletion of its group', async () => {
        const { group, environment } = await newGroup()
        await lock(environment, 'CanNotDelete')
        const refused = await arm.send('DELETE', group)
        assert.deepEqual([refused.status, refused.body], refusalOf(group, 'delete', environment))
        assert.equal((await arm.send('GET', environment)).status, 200)
      })

      test('at one group is nothing to a group whose name begins alike', async () => {
        const { group } = await newGroup()
        assert.equal((await arm.send('PUT', `${group}0`, { body: { location: 'westeurope' } })).status, 201)
        await lock(`${group}0`, 'ReadOnly')
        assert.equal((await putEnvironment(`${group}/providers/Microsoft.App/managedEnvironments/env2`)).status, 201)
      })
    })

    describe('ReadOnly', () => {
      test('refuses writes, creations below, tags, and actions such as listSecrets', async () => {
        const { group, environment } = await newGroup()
        const app = `${group}/providers/Microsoft.App/containerApps/app1`
        const made = await arm.send('PUT', app, {
          apiVersion: '2025-07-01',
          body: {
            location: 'westeurope',
            properties: {
              environmentId: environment,
              template: { containers: [{ name: 'app1', image: 'docker.io/library/hello:1' }] },
            },
          },
        })
        assert.ok(made.status === 200 || made.status === 201, made.text)
        await lock(group, 'ReadOnly')
        const cases: readonly (readonly [string, string, string])[] = [
          ['PUT', environment, 'write'],
          ['PUT', environment.replace('env1', 'env2'), 'write'],
          ['PATCH', group, 'write'],
          ['POST', `${app}/listSecrets`, 'write'],
          ['DELETE', app, 'delete'],
        ]
        for (const [method, path, verb] of cases) {
          const body = { location: 'westeurope', properties: {}, tags: {} }
          const refused = await arm.send(method, path, method === 'DELETE' || method === 'POST' ? {} : { body })
          const target = path.replace('/listSecrets', '')
          assert.deepEqual([method, refused.status, refused.body], [method, ...refusalOf(target, verb, group)])
        }
        assert.equal((await arm.send('GET', app)).status, 200)
        const other = await arm.send('PUT', lockPath(group, 'lock2'), { body: { properties: { level: 'ReadOnly' } } })
        assert.equal(other.status, 201)
      })

      test('nobody without the permission learns of a lock', async () => {
        const { group, environment } = await newGroup()
        await lock(group, 'ReadOnly')
        const reader = await arm.user([['reader', group]])
        const body = { location: 'westeurope', properties: {} }
        const refused = await arm.send('PUT', environment, { body, as: reader })
        assert.deepEqual([refused.status, refused.body.error.code], [403, 'AuthorizationFailed'])
      })

      test('counts from the next call on, however often it is given and taken', async () => {
        const { group, environment } = await newGroup()
        for (let round = 0; round < 20; round++) {
          await lock(group, 'ReadOnly')
          assert.equal((await putEnvironment(environment)).status, 409)
          assert.equal((await arm.send('DELETE', lockPath(group))).status, 200)
          assert.equal((await putEnvironment(environment)).status, 200)
        }
      })

      test('that is given while writes are under way stands against none that it let through, and all that come later', async () => {
        const { group, environment } = await newGroup()
        const under = [1, 2, 3, 4].map(() => putEnvironment(environment))
        const locking = lock(group, 'ReadOnly')
        const statuses = (await Promise.all(under)).map(({ status }) => status)
        await locking
        assert.ok(
          statuses.every((status) => status === 200 || status === 409),
          statuses.join(),
        )
        assert.equal((await putEnvironment(environment)).status, 409)
      })
    })
  })
}
