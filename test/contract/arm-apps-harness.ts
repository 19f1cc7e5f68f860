/** An environment in the group `rg1`, and what it takes to make and change apps in it, as az does. */
import assert from 'node:assert/strict'
import type { PrincipalId } from '#base/ids.ts'
import { randomHex } from '#base/random.ts'
import type { EngineUnderTest } from '../support/databases.ts'
import { type Answered, ArmHarness } from './arm-harness.ts'

/** A document as it came over the wire; tests change it freely. */
// biome-ignore lint/suspicious/noExplicitAny: documents are looked into member by member, each assertion is the check
export type Document = any

export class AppsHarness {
  readonly arm: ArmHarness
  readonly environment: string

  private constructor(arm: ArmHarness) {
    this.arm = arm
    this.environment = arm.inGroup('/providers/Microsoft.App/managedEnvironments/env1')
  }

  static async open(engine: EngineUnderTest): Promise<AppsHarness> {
    const apps = new AppsHarness(await ArmHarness.open(engine))
    const body = { location: 'westeurope', properties: {} }
    const made = await apps.arm.send('PUT', apps.environment, { body })
    assert.equal(made.status, 201, made.text)
    return apps
  }

  close(): Promise<void> {
    return this.arm.close()
  }

  newName(): string {
    return `app-${randomHex(4)}`
  }

  path(name: string): string {
    return this.arm.inGroup(`/providers/Microsoft.App/containerApps/${name}`)
  }

  body(properties: { readonly configuration?: object; readonly template?: object } = {}, more: object = {}): object {
    return {
      location: 'westeurope',
      properties: {
        environmentId: this.environment,
        configuration: properties.configuration ?? {},
        template: { containers: [container()], ...properties.template },
      },
      ...more,
    }
  }

  /** Creates an app of a new name and gives the answer's document. */
  async make(...wanted: Parameters<AppsHarness['body']>): Promise<Document> {
    const made = await this.arm.send('PUT', this.path(this.newName()), { body: this.body(...wanted) })
    assert.equal(made.status, 201, made.text)
    return made.body
  }

  /** The whole document of GET, with its read-only members, changed and sent back. */
  async putBack(name: string, change: (document: Document) => void, as?: PrincipalId): Promise<Answered> {
    const document = (await this.arm.send('GET', this.path(name))).body
    change(document)
    return this.arm.send('PUT', this.path(name), { body: document, ...(as === undefined ? {} : { as }) })
  }

  patch(name: string, properties: object, more: object = {}): Promise<Answered> {
    return this.arm.send('PATCH', this.path(name), { body: { properties, ...more } })
  }

  /** What `listSecrets` shows. */
  async secretsOf(name: string): Promise<readonly Document[]> {
    const answer = await this.arm.send('POST', `${this.path(name)}/listSecrets`)
    assert.equal(answer.status, 200, answer.text)
    return answer.body.value
  }

  /** Makes a user-assigned identity and gives its document. */
  async identity(name: string): Promise<Document> {
    const path = this.arm.inGroup(`/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`)
    const made = await this.arm.send('PUT', path, { body: { location: 'westeurope' } })
    assert.ok(made.status === 201 || made.status === 200, made.text)
    return made.body
  }
}

/** A container with these environment variables. */
export function container(env: readonly object[] = [], image = 'docker.io/library/hello:1'): object {
  return { name: 'main', image, env }
}

/** Status and code of a refusal. */
export function refusal(answer: Answered): readonly [number, string | undefined] {
  return [answer.status, answer.body?.error?.code]
}
