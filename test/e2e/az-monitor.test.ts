import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { playTranscript } from '../support/play-transcript.ts'
import { monitorSteps } from '../transcripts/monitor.ts'

const scratch = mkdtempSync(join(tmpdir(), 'strongroom-sinks-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

playTranscript('az: diagnostic settings, the activity log and workspaces', monitorSteps, {
  flags: ['--audit-sink', `records=file:${join(scratch, 'records.jsonl')}`],
})
