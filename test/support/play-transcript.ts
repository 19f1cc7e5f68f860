import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Step } from '../transcripts/step.ts'
import { findAz, type runInShell } from './az.ts'
import { RunningServer, type ServerOptions } from './running-server.ts'
import { type Spoken, speak, withoutChance } from './transcript.ts'

const { az, skip: withoutAz } = await findAz()

/** Where a transcript is played. */
export interface Stage extends ServerOptions {
  /** Why it cannot be played here. */
  readonly skip?: false | string
  /** Runs the shell somewhere else than under `strongroom shell`. */
  readonly runScript?: typeof runInShell
}

/** A suite that plays a transcript with the real az on a server of its own, and asserts each step. */
export function playTranscript(title: string, steps: readonly Step[], stage: Stage = {}): void {
  describe(title, { skip: withoutAz || (stage.skip ?? false) }, () => {
    let server: RunningServer | undefined
    let spoken: readonly Spoken[] = []
    before(async () => {
      server = await RunningServer.start(stage)
      const commands = steps.map(({ run }) => run)
      spoken = await speak(server, { folder: dirname(az) }, commands, stage.runScript)
    })
    after(async () => server?.remove())

    for (const [at, step] of steps.entries()) {
      test(step.run, () => {
        const { code, stdout, stderr } = spoken[at] ?? { code: -1, stdout: '', stderr: 'It was not run.' }
        const shown = withoutChance(stdout).replaceAll(`:${server?.facts.httpsPort}`, ':PORT')
        assert.equal(code, step.code ?? 0, stderr)
        if (step.says !== undefined) assert.ok(withoutChance(stderr).includes(step.says), stderr)
        if ('json' in step) assert.deepEqual(JSON.parse(shown), step.json)
        else assert.equal(shown, step.prints ?? '')
      })
    }
  })
}
