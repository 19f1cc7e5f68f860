import pino from 'pino'
import type { LogFields, Logger } from '#base/log.ts'

/** Structured lines on stderr. Errors show their message and stack, and nothing else of what they carry. */
export function createLogger(options: { readonly level: 'info' | 'warn' }): Logger {
  const destination = pino.destination({ dest: 2, sync: true })
  const log = pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    info: (message, fields) => log.info(plain(fields), message),
    warn: (message, fields) => log.warn(plain(fields), message),
    error: (message, fields) => log.error(plain(fields), message),
  }
}

function plain(fields: LogFields | undefined): Readonly<Record<string, unknown>> {
  if (fields === undefined) return {}
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  )
}

function describeError(error: Error): Readonly<Record<string, unknown>> {
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {}
  return { name: error.name, message: error.message, stack: error.stack, ...cause }
}
