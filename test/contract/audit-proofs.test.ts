/** Proofs and exports of the log, on both engines. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ensureAuditKey } from '#audit/audit-key.ts'
import { exportLog } from '#audit/export.ts'
import { openExportSource } from '#audit/export-source.ts'
import { parseRecordPlace, proveRecord } from '#audit/prove.ts'
import { openLogSource, verifyLog } from '#audit/verify.ts'
import { ServiceError } from '#base/errors.ts'
import { randomGuid } from '#base/random.ts'
import { hashLeaf, tryParseTreeHash, verifyInclusion } from '#crypto/merkle.ts'
import type { DomainSealer } from '#seal/seal.ts'
import { type AuditPlace, auditEngines, smallRecord } from '../support/audit-logs.ts'

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ServiceError && error.code === code
}

for (const engine of auditEngines) {
  describe(`proofs and exports of the log on ${engine.name}`, { skip: engine.skip }, () => {
    async function withRecords(count: number, work: (place: AuditPlace, folder: string) => Promise<void>) {
      const place = await engine.open()
      const folder = mkdtempSync(join(tmpdir(), 'strongroom-proofs-'))
      try {
        const log = await place.openLog()
        await Promise.all(Array.from({ length: count }, () => log.append(smallRecord())))
        await log.close()
        await work(place, join(folder, 'exported'))
      } finally {
        await place.close()
        rmSync(folder, { recursive: true })
      }
    }

    test('a proof holds for its record, at its index, under the newest checkpoint', () =>
      withRecords(20, async (place) => {
        const { line, proof } = await proveRecord(place.source(), 0, 13)
        const [head = '', origin = '', size = '', root = ''] = proof.split(/\n\n|\n(?=[0-9]+\n)|(?<=\n[0-9]+)\n/)
        const [format, index, ...hashes] = head.split('\n')
        assert.deepEqual(
          [format, index, origin, size],
          ['c2sp.org/tlog-proof@v1', 'index 13', `${place.signer.verifier.name}/0`, '21'],
        )
        const claim = {
          index: 13,
          size: 21,
          leaf: hashLeaf(line),
          proof: hashes.map((hash) => tryParseTreeHash(hash) ?? ''),
          root: tryParseTreeHash(root) ?? '',
        }
        assert.equal(verifyInclusion(claim), true)
      }))

    test('an export has the same records and checkpoints as the log', () =>
      withRecords(300, async (place, folder) => {
        assert.deepEqual(await exportLog(place.source(), folder), [{ lane: 0, size: 301 }])
        const verifierKey = place.signer.verifier.verifierKey
        const live = await verifyLog(place.source(), { verifierKey })
        assert.deepEqual(await verifyLog(await openLogSource(folder), { verifierKey }), live)
        assert.equal(live.outcome, 'verified')
      }))

    test('an export that is short of a file, or of its end, is wrong', () =>
      withRecords(3, async (place, folder) => {
        await exportLog(place.source(), folder)
        const verifierKey = place.signer.verifier.verifierKey
        const lane = join(folder, 'lane-0')
        for (const name of ['checkpoint', 'tile/0/000.p/4', 'tile/entries/000.p/4']) {
          const bytes = readFileSync(join(lane, name))
          rmSync(join(lane, name))
          assert.equal((await verifyLog(openExportSource(folder), { verifierKey })).outcome, 'wrong', name)
          writeFileSync(join(lane, name), bytes)
        }
        writeFileSync(join(lane, 'checkpoints'), '')
        assert.equal((await verifyLog(openExportSource(folder), { verifierKey })).outcome, 'wrong')
      }))

    test('a folder that is not empty is not exported to', () =>
      withRecords(1, async (place, folder) => {
        await exportLog(place.source(), folder)
        await assert.rejects(exportLog(place.source(), folder), hasCode('AuditExportNotEmpty'))
      }))

    test('a record that is not there has no proof', () =>
      withRecords(1, async (place) => {
        await assert.rejects(proveRecord(place.source(), 0, 2), hasCode('AuditRecordNotFound'))
        await assert.rejects(proveRecord(place.source(), 1, 0), hasCode('AuditRecordNotFound'))
        assert.deepEqual(parseRecordPlace('0/41'), { lane: 0, sequence: 41 })
        for (const text of ['', '0', '0/', '00/1', '0/-1', '0/1/2', 'a/b']) {
          assert.throws(() => parseRecordPlace(text), hasCode('InvalidParameter'))
        }
      }))

    test('a key that is none, and a folder that holds no log, are refused', () =>
      withRecords(1, async (place, folder) => {
        await assert.rejects(verifyLog(place.source(), { verifierKey: 'x+y+z' }), hasCode('VerifierKeyInvalid'))
        await assert.rejects(openLogSource(folder), hasCode('AuditLogNotFound'))
      }))

    test('the audit key is made once, sealed, and the same ever after', () =>
      withRecords(0, async (place) => {
        const installation = randomGuid()
        const first = await ensureAuditKey(place.database, reversingSealer, installation)
        const second = await ensureAuditKey(place.database, reversingSealer, installation)
        assert.equal(first.verifier.verifierKey, second.verifier.verifierKey)
        assert.equal(first.verifier.name, `${installation}/audit`)
        await assert.rejects(ensureAuditKey(place.database, reversingSealer, randomGuid()), hasCode('SealBroken'))
      }))
  })
}

/** Seals by turning the bytes around, bound to what they are: enough to see what is stored and when it opens. */
const reversingSealer: DomainSealer = {
  domain: 'audit',
  seal: (plaintext, binding) => Buffer.concat([Buffer.from(plaintext).reverse(), Buffer.from(binding.join(' '))]),
  open(sealed, binding) {
    if (!sealed.subarray(32).equals(Buffer.from(binding.join(' ')))) {
      throw new ServiceError('internal', 'SealBroken', 'Altered.')
    }
    return Buffer.from(sealed.subarray(0, 32)).reverse()
  },
}
