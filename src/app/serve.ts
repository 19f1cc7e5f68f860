import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { Logger } from '#base/log.ts'
import type { Addresses } from '#http/create-http.ts'
import { type Composition, compose } from './compose.ts'
import { parseServerConfig, type ServeFlags, type ServerConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { removeRunFile, writeRunFile } from './run-file.ts'
import { collectStartGarbage } from './start-garbage.ts'

/** A server that is answering. */
export interface RunningServer {
  readonly addresses: Addresses
  /** One line for people: what is ready, and where. */
  readonly readyLine: string
  /** Stops accepting, lets requests finish, closes the log and the database; within ten seconds or not at all. */
  stop(): Promise<void>
}

const drainMilliseconds = 9_000

/**
 * Starts a server and resolves when it answers. Throws `ServiceError`s with a sentence for the operator; then nothing is left open.
 */
export async function startServer(
  flags: ServeFlags,
  options: { readonly quiet: boolean; readonly onFatal?: (error: unknown) => void },
): Promise<RunningServer> {
  const config = parseServerConfig(flags)
  const logger = createLogger({ level: options.quiet ? 'warn' : 'info' })
  const startedAt = systemClock.now()
  let composition: Composition | undefined
  try {
    await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 })
    composition = await compose(config, {
      clock: systemClock,
      logger,
      describeServer: () => ({
        pid: process.pid,
        startedAt: startedAt.toISOString(),
        domain: config.domain,
        engine: config.database.engine,
        development: config.development,
      }),
      onFatal: options.onFatal ?? ((error) => endAtOnce(logger, error)),
    })
    return await listen(composition, { config, logger })
  } catch (failure) {
    await composition?.http.drain(0)
    await composition?.close()
    throw explainSystemError(failure)
  }
}

const fullDiskCodes: readonly string[] = ['ENOSPC', 'EDQUOT']

/** What the system refused while the data directory was written, in a sentence; its own words show paths. */
function explainSystemError(failure: unknown): unknown {
  if (!(failure instanceof Error && 'syscall' in failure && 'code' in failure)) return failure
  const code = String(failure.code)
  const sentence = fullDiskCodes.includes(code)
    ? 'The disk that holds the data directory is full. Make room, then start the server again.'
    : `The data directory cannot be written: the system says ${code}.`
  return new ServiceError('unavailable', 'DataDirectoryUnusable', sentence, { cause: failure })
}

async function listen(
  composition: Composition,
  its: { readonly config: ServerConfig; readonly logger: Logger },
): Promise<RunningServer> {
  const { config, logger } = its
  const caFile = join(config.dataDirectory, 'ca.pem')
  writeFileSync(caFile, composition.authorityPem, { mode: 0o600 })
  await composition.control.start()
  const addresses = await composition.http.listen()
  composition.listening(addresses)
  writeRunFile(config.dataDirectory, {
    pid: process.pid,
    httpsPort: addresses.httpsPort,
    proxyPort: addresses.proxyPort,
    identityPort: addresses.identityPort,
    healthPort: addresses.healthPort,
    privateEndpoints: addresses.privateEndpoints,
    controlSocket: addresses.controlSocket,
    domain: config.domain,
    tenantId: composition.tenantId,
    subscriptionId: composition.subscriptionId,
    caFile,
    auditVerifierKey: composition.auditVerifierKey,
  })
  if (config.development) logger.warn('This server runs with --dev: it is not for production.')
  collectStartGarbage()
  return {
    addresses,
    readyLine: `strongroom is ready: https ${addresses.address}:${addresses.httpsPort}, proxy ${addresses.proxyPort}, identity ${addresses.identityPort}, health ${addresses.healthPort}, data ${config.dataDirectory}`,
    async stop() {
      await composition.http.drain(drainMilliseconds)
      // While the data directory is still ours: the next server may write its own at any moment after.
      removeRunFile(config.dataDirectory)
      await composition.close()
    },
  }
}

/** The audit log is broken for good: no request may be answered any more, and waiting would only keep clients hanging. */
function endAtOnce(logger: Logger, error: unknown): void {
  logger.error('The audit log cannot be written any more; the server ends.', {
    cause: error instanceof Error ? error : undefined,
  })
  process.kill(process.pid, 'SIGKILL')
}
