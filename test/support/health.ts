import { get } from 'node:http'
import type { RunFacts } from './running-server.ts'

/** What a server's health listener answers. Rejects while nobody listens. */
export function health(facts: RunFacts, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: facts.healthPort, path, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    }).on('error', reject)
  })
}
