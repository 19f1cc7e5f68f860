import { type ServiceError, statusOf } from '#base/errors.ts'
import type { Dialect, Operation, OperationResponse, Surface } from '#operation/operation.ts'

/** Something that must be in order before this server should get requests. */
export interface ReadinessCheck {
  /** One word, shown to whoever asks: `database`, `audit`. */
  readonly name: string
  /** Shown, but no reason to send requests elsewhere. */
  readonly advisory?: boolean
  /** Resolves when in order, throws otherwise. What it throws is not shown. */
  check(): Promise<void>
}

interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>
}

/** A check that takes longer than this counts as failing. */
const checkMilliseconds = 2000

function answer(status: number, body: unknown): OperationResponse {
  return { status, body: JSON.stringify(body) }
}

const dialect: Dialect = {
  refuse: (refusal) => {
    const status = refusal.reason === 'unknown-route' ? 404 : refusal.reason === 'method-not-allowed' ? 405 : 400
    return answer(status, {
      error: { code: refusal.reason, message: 'This listener answers GET /livez and GET /readyz.' },
    })
  },
  deny: () => {
    throw new TypeError('Health operations are open.')
  },
  error: (error: ServiceError) => answer(statusOf(error.kind), { error: { code: error.code, message: error.message } }),
  headers: () => ({ 'Cache-Control': 'no-store' }),
}

const livez: Operation<undefined, undefined, undefined> = {
  id: 'livez',
  method: 'GET',
  path: '/livez',
  since: '',
  access: 'read',
  open: 'health',
  parse: () => undefined,
  handle: async () => undefined,
  respond: () => answer(200, { status: 'ok' }),
}

function readyz(checks: readonly ReadinessCheck[]): Operation<undefined, undefined, Readiness> {
  return {
    id: 'readyz',
    method: 'GET',
    path: '/readyz',
    since: '',
    access: 'read',
    open: 'health',
    parse: () => undefined,
    handle: () => readinessOf(checks),
    respond: ({ ready, checks: states }) =>
      answer(ready ? 200 : 503, { status: ready ? 'ok' : 'failing', checks: states }),
  }
}

async function readinessOf(checks: readonly ReadinessCheck[]): Promise<Readiness> {
  const states = await Promise.all(checks.map(async (entry) => [entry.name, await stateOf(entry)] as const))
  const failing = new Set(states.filter(([, state]) => state === 'failing').map(([name]) => name))
  return {
    ready: checks.every(({ name, advisory }) => advisory === true || !failing.has(name)),
    checks: Object.fromEntries(states),
  }
}

async function stateOf(entry: ReadinessCheck): Promise<'ok' | 'failing'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'failing'>((resolve) => {
    timer = setTimeout(() => resolve('failing'), checkMilliseconds)
  })
  const done = entry.check().then(
    () => 'ok' as const,
    () => 'failing' as const,
  )
  const state = await Promise.race([done, late])
  clearTimeout(timer)
  return state
}

/** The health surface: `/livez` says that the process answers, `/readyz` that every check is in order. Nobody signs in. */
export function createHealthSurface(checks: readonly ReadinessCheck[]): Surface {
  return { name: 'health', operations: [livez, readyz(checks)], maximumBodyBytes: 0, apiVersions: 'none', dialect }
}
