import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { appToken, auditRecords, operatorToken, RawClient } from '../support/raw-client.ts'
import { assignRole, type Furnished, furnish, RunningServer } from '../support/running-server.ts'
import { until } from '../support/strongroom-process.ts'

const kills = 50
const writers = 4
const readers = 4

describe('kill -9 under load', () => {
  let server: RunningServer
  let made: Furnished
  let writeToken: string
  let readToken: string
  /** Versions whose write was acknowledged, by secret, in order. */
  const acknowledged = new Map<string, { version: string; value: string; correlationId: string }[]>()
  /** Correlation ids of reads whose value arrived. */
  const valuesThatLeft: string[] = []

  before(async () => {
    server = await RunningServer.start()
    made = await furnish(server, { vault: 'kv-kill', app: 'kill-app' })
    await assignRole(server, made.principalId, 'Key Vault Secrets User', made.vaultId)
    writeToken = await operatorToken(server)
    readToken = await appToken(server, made.app)
  })
  after(async () => server?.remove())

  test(`${kills} kills: every acknowledged write is there, every value that left has its record, the log verifies`, async () => {
    const host = `${made.vault}.vault.azure.net`
    for (let round = 0; round < kills; round++) {
      const client = new RawClient(server.facts.httpsPort)
      let running = true
      const load = [
        ...Array.from({ length: writers }, (_, at) =>
          repeat(
            () => running,
            () => write(client, host, `secret-${at}`, `${round}/${Math.random()}`),
          ),
        ),
        ...Array.from({ length: readers }, (_, at) =>
          repeat(
            () => running,
            () => read(client, host, `secret-${at}`),
          ),
        ),
      ]
      // Not before there is something to lose, whatever the machine needs for that; then at any point.
      const [written, left] = [writesAcknowledged(), valuesThatLeft.length]
      await until(() => writesAcknowledged() > written + 1 && valuesThatLeft.length > left + 1, 'the load')
      await delay(Math.random() * 160)
      await server.end('SIGKILL')
      running = false
      await Promise.all(load)
      client.close()
      await server.start()
      if (round % 10 === 9) await check()
    }
    await check()
    assert.ok(writesAcknowledged() > kills, 'the load was too small to show anything')
    assert.ok(valuesThatLeft.length > kills, 'the load was too small to show anything')
  })

  const writesAcknowledged = (): number => [...acknowledged.values()].flat().length

  async function check(): Promise<void> {
    const host = `${made.vault}.vault.azure.net`
    const client = new RawClient(server.facts.httpsPort)
    try {
      for (const [name, versions] of acknowledged) {
        const last = versions.at(-1)
        const sampled = last === undefined ? versions : [last, ...versions.filter(() => Math.random() < 0.05)]
        for (const { version, value } of sampled) {
          const answer = await client.send({
            path: `/secrets/${name}/${version}?api-version=7.4`,
            host,
            token: readToken,
          })
          assert.equal(answer.status, 200, `version ${version} of ${name} was acknowledged and is gone`)
          assert.equal(JSON.parse(answer.text).value, value)
        }
      }
    } finally {
      client.close()
    }
    const records = await auditRecords(server)
    const successes = new Set(
      records.filter((record) => record.properties.httpStatusCode === 200).map((record) => record.correlationId),
    )
    assert.deepEqual(
      valuesThatLeft.filter((id) => !successes.has(id)),
      [],
      'values left without a record',
    )
    const writesWithoutRecord = [...acknowledged.values()]
      .flat()
      .filter(({ correlationId }) => !successes.has(correlationId))
    assert.deepEqual(writesWithoutRecord, [], 'acknowledged writes without a record')
    await checkCommittedWrites(records)
    const verified = await server.try(['audit', 'verify', '--key', server.facts.auditVerifierKey])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  }

  /** Every version that is in the vault, acknowledged or not, has exactly one record of its write. */
  async function checkCommittedWrites(records: Awaited<ReturnType<typeof auditRecords>>): Promise<void> {
    const written = records
      .filter((record) => record.operationName === 'SecretSet' && record.properties.httpStatusCode === 200)
      .map((record) => record.properties.id?.split('/').at(-1))
    for (const name of acknowledged.keys()) {
      const listed: readonly { id: string }[] = JSON.parse(
        await server.command([
          'keyvault',
          'secret',
          'list-versions',
          '--vault-name',
          made.vault,
          '-n',
          name,
          '-o',
          'json',
        ]),
      )
      for (const { id } of listed) {
        const version = id.split('/').at(-1)
        assert.equal(
          written.filter((candidate) => candidate === version).length,
          1,
          `version ${version} of ${name} has not exactly one record`,
        )
      }
    }
  }

  async function write(client: RawClient, host: string, name: string, value: string): Promise<void> {
    const answer = await client.send({
      method: 'PUT',
      path: `/secrets/${name}?api-version=7.4`,
      host,
      token: writeToken,
      body: JSON.stringify({ value }),
    })
    assert.equal(answer.status, 200, answer.text)
    const version = JSON.parse(answer.text).id.split('/').at(-1)
    const known = acknowledged.get(name) ?? []
    known.push({ version, value, correlationId: answer.correlationId })
    acknowledged.set(name, known)
  }

  async function read(client: RawClient, host: string, name: string): Promise<void> {
    const answer = await client.send({ path: `/secrets/${name}?api-version=7.4`, host, token: readToken })
    if (answer.status === 200) valuesThatLeft.push(answer.correlationId)
  }
})

/** Repeats work until it is told to stop or the connection breaks; a wrong answer is a failure, a broken connection is the point. */
async function repeat(goOn: () => boolean, work: () => Promise<void>): Promise<void> {
  while (goOn()) {
    try {
      await work()
    } catch (failure) {
      if (failure instanceof assert.AssertionError) throw failure
      return
    }
  }
}
