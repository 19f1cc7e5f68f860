/** An audit log whose process can open no more files, which idle connections alone can bring about. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

describe('no more open files', () => {
  for (const reserve of ['with-reserve', 'without-reserve']) {
    test(`${reserve.replace('-', ' a ')}: answers stop, nothing ends, and the log resumes when files can be opened`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'strongroom-files-'))
      const program = join(import.meta.dirname, 'audit-open-files-program.ts')
      const limited = 'ulimit -n 256 && exec "$@"'
      const child = spawnSync('sh', ['-c', limited, 'sh', process.execPath, program, folder, reserve], {
        encoding: 'utf8',
        timeout: 300_000,
      })
      rmSync(folder, { recursive: true })
      assert.equal(child.status, 0, child.stderr)
      assert.deepEqual(JSON.parse(child.stdout), {
        refusal: 'AuditUnavailable',
        health: {
          state: 'stopped',
          reason: 'No file can be opened for the audit log: the limit of open files is reached.',
        },
        healthWithFiles: 'writable',
        ended: false,
        allAcknowledgedAreThere: true,
        nothingRefusedIsThere: true,
        verified: 'verified',
      })
    })
  }
})
