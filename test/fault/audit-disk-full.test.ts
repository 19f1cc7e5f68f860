/** A full disk under the audit log, on a small tmpfs in a mount namespace of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { missing } from '../support/components.ts'

describe('a full disk', { skip: missing('unshare', ['-m', 'true'], 'a mount namespace of its own needs root') }, () => {
  test('stops answers, loses nothing acknowledged, and the log resumes when there is space', () => {
    const mountPoint = mkdtempSync(join(tmpdir(), 'strongroom-full-'))
    const program = join(import.meta.dirname, 'audit-disk-full-program.ts')
    const mount = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" "$3" "$1"'
    const child = spawnSync('unshare', ['-m', 'sh', '-c', mount, 'sh', mountPoint, process.execPath, program], {
      encoding: 'utf8',
      timeout: 300_000,
    })
    rmdirSync(mountPoint)
    assert.equal(child.status, 0, child.stderr)
    const seen: unknown = JSON.parse(child.stdout)
    assert.deepEqual(seen, {
      refusal: 'AuditUnavailable',
      health: { state: 'stopped', reason: 'The disk that holds the audit log is full.' },
      usedReserve: true,
      stillStoppedWithoutSpace: 'stopped',
      verifiedWhileFull: 'verified',
      healthWithSpace: 'writable',
      settledFromOutbox: true,
      outboxRows: 0,
      allAcknowledgedAreThere: true,
      nothingRefusedIsThere: true,
      verified: 'verified',
      verifiedAfterReopening: 'verified',
    })
  })
})
