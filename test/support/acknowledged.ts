import assert from 'node:assert/strict'
import { join } from 'node:path'
import { auditRecords, type RawAnswer, type RawClient } from './raw-client.ts'
import type { RunningServer } from './running-server.ts'

interface Write {
  readonly name: string
  readonly version: string
  readonly value: string
  readonly correlationId: string
}

/** What a client of one vault has been told: for tests that afterwards ask whether all of it is still so. */
export class Acknowledged {
  readonly writes: Write[] = []
  /** Correlation ids of reads whose value arrived. */
  readonly reads: string[] = []
  readonly #host: string
  readonly #token: string
  readonly #names = new Set<string>()
  #count = 0

  constructor(vault: string, token: string) {
    this.#host = `${vault}.vault.azure.net`
    this.#token = token
  }

  /** Writes a new version, and remembers it if that was acknowledged. */
  async write(client: RawClient, name: string): Promise<RawAnswer> {
    const value = `value-${this.#count++}`
    this.#names.add(name)
    const answer = await client.send({
      method: 'PUT',
      path: `/secrets/${name}?api-version=7.4`,
      host: this.#host,
      token: this.#token,
      body: JSON.stringify({ value }),
    })
    if (answer.status === 200) {
      const version: string = JSON.parse(answer.text).id.split('/').at(-1)
      this.writes.push({ name, version, value, correlationId: answer.correlationId })
    }
    return answer
  }

  /** Reads the latest version, and remembers that its value arrived. */
  async read(
    client: RawClient,
    name: string,
    version = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    const path = `/secrets/${name}/${version}?api-version=7.4`
    const answer = await client.send({ path, host: this.#host, token: this.#token, headers })
    if (answer.status === 200) this.reads.push(answer.correlationId)
    return answer
  }

  /**
   * Every acknowledged write is there, every value that arrived and every committed version has its one record, and the log
   * verifies under the key that was pinned.
   */
  async check(
    server: RunningServer,
    client: RawClient,
    log: { readonly verifierKey: string; readonly database?: readonly string[] },
  ): Promise<void> {
    const { verifierKey, database = [] } = log
    for (const { name, version, value } of this.writes) {
      const answer = await this.read(client, name, version)
      assert.equal(answer.status, 200, `version ${version} of ${name} was acknowledged and is gone`)
      assert.equal(JSON.parse(answer.text).value, value)
    }
    const committed = new Set<string>()
    for (const name of this.#names) for (const version of await this.#versions(client, name)) committed.add(version)
    const records = (await auditRecords(server, database)).filter(({ properties }) => properties.httpStatusCode === 200)
    const recorded = new Set(records.map(({ correlationId }) => correlationId))
    const told = [...this.reads, ...this.writes.map(({ correlationId }) => correlationId)]
    assert.deepEqual(
      told.filter((id) => !recorded.has(id)),
      [],
      'answers left without a record',
    )
    const written = records
      .filter(({ operationName }) => operationName === 'SecretSet')
      .map(({ properties }) => properties.id?.split('/').at(-1) ?? '')
    assert.equal(new Set(written).size, written.length, 'a write has two records')
    assert.deepEqual(
      [...committed].filter((version) => !written.includes(version)),
      [],
      'a write has no record',
    )
    // Tables are verified through an export: verification itself works on files alone.
    const exported = join(server.directory, `export-${this.reads.length}`)
    if (database.length > 0) await server.command(['audit', 'export', exported, ...database])
    const verified = await server.try([
      'audit',
      'verify',
      ...(database.length > 0 ? [exported] : []),
      '--key',
      verifierKey,
    ])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  }

  async #versions(client: RawClient, name: string): Promise<readonly string[]> {
    const versions: string[] = []
    let path: string | undefined = `/secrets/${name}/versions?api-version=7.4`
    while (path !== undefined) {
      const answer: RawAnswer = await client.send({ path, host: this.#host, token: this.#token })
      assert.equal(answer.status, 200, answer.text)
      const page: { value: readonly { id: string }[]; nextLink: string | null } = JSON.parse(answer.text)
      versions.push(...page.value.map(({ id }) => id.split('/').at(-1) ?? ''))
      path = page.nextLink === null ? undefined : page.nextLink.slice(new URL(page.nextLink).origin.length)
    }
    return versions
  }
}
