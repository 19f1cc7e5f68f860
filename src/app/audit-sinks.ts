import { join } from 'node:path'
import type { ResourceManagerDependencies } from '#arm/dependencies.ts'
import { diagnosedResources } from '#arm/diagnosed-resources.ts'
import type { AuditLog } from '#audit/audit-log.ts'
import { followSegments } from '#audit/follow-segments.ts'
import { followTables } from '#audit/follow-tables.ts'
import type { FollowedLog } from '#audit/followed-log.ts'
import { startSinkDelivery } from '#audit/sink-delivery.ts'
import { createSinkStore } from '#audit/sink-store.ts'
import { createFileSink } from '#audit/sinks/file-sink.ts'
import { systemTimers } from '#audit/timers.ts'
import type { Clock } from '#base/clock.ts'
import { ServiceError } from '#base/errors.ts'
import type { TenantId } from '#base/ids.ts'
import type { Logger } from '#base/log.ts'
import { randomGuid } from '#base/random.ts'
import type { ReadinessCheck } from '#http/health.ts'
import type { ServerConfig } from './config.ts'
import type { OpenedDatabase } from './database.ts'

export interface AuditSinkParts {
  readonly config: ServerConfig
  readonly opened: OpenedDatabase
  readonly audit: AuditLog
  readonly vaults: ResourceManagerDependencies['vaults']
  readonly tenant: TenantId
  readonly clock: Clock
  readonly logger: Logger
}

/** Delivery of records to the configured sinks, by the tenant's diagnostic settings; nothing at all without sinks. */
export function createAuditSinks(its: AuditSinkParts): {
  readonly readinessChecks: readonly ReadinessCheck[]
  close(): Promise<void>
} {
  const { config, opened, audit, vaults, tenant, clock, logger } = its
  if (config.auditSinks.length === 0) return { readinessChecks: [], close: () => Promise.resolve() }
  const { database } = opened
  const delivery = startSinkDelivery({
    sinks: config.auditSinks.map(createFileSink),
    log: followLog(its),
    durableSize: (lane) => (lane === audit.lane ? (audit.durableSize?.() ?? Infinity) : Infinity),
    store: createSinkStore(database, tenant),
    resourcesOf: (sink) => database.read({ tenant }, (reader) => diagnosedResources({ vaults }, reader, sink)),
    // The embedded database has one server process: the next one need not wait for the claim of one that was killed.
    holder: opened.engine === 'sqlite' ? 'embedded' : randomGuid(),
    clock,
    timers: systemTimers,
    logger,
  })
  return {
    readinessChecks: [
      {
        name: 'audit-sinks',
        advisory: true,
        async check() {
          const failing = delivery.failing()
          if (failing.length > 0) throw new ServiceError('unavailable', 'AuditSinkFailing', 'An audit sink is failing.')
        },
      },
    ],
    close: () => delivery.close(),
  }
}

function followLog({ config, opened }: AuditSinkParts): FollowedLog {
  return opened.engine === 'sqlite'
    ? followSegments(join(config.dataDirectory, 'audit'))
    : followTables(opened.database)
}
