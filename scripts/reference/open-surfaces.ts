import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose } from '#app/compose.ts'
import { parseServerConfig } from '#app/config.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import type { Surface } from '#operation/operation.ts'

/** Runs `work` over the surfaces of a server that is composed on a temporary directory and never listens. */
export async function withSurfaces<T>(work: (surfaces: readonly Surface[]) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-reference-'))
  try {
    const composition = await compose(
      parseServerConfig({
        dataDirectory: join(directory, 'data'),
        passThrough: true,
        development: false,
        // The sample of a diagnostic setting has to name one.
        auditSinks: [`sample=file:${join(directory, 'sink.jsonl')}`],
      }),
      {
        clock: systemClock,
        logger: silentLogger,
        describeServer: () => ({}),
        onFatal: () => undefined,
      },
    )
    try {
      return await work(composition.surfaces)
    } finally {
      await composition.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
