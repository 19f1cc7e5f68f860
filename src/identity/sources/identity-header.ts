import type { WorkloadSessions } from '#authentication/workload-session.ts'
import type { WorkloadSource } from './source.ts'

/** The spellings clients send: SDKs, the 2017 protocol, and Terraform. Wire: cannot change. */
const headerNames = ['x-identity-header', 'secret', 'x-ms-identity'] as const

/**
 * The secret that the workload was given in IDENTITY_HEADER. Two headers that differ prove nothing: which of them was
 * meant is not guessed.
 */
export function createIdentityHeaderSource(sessions: WorkloadSessions): WorkloadSource {
  return {
    prove(request) {
      const presented = new Set(headerNames.flatMap((name) => request.header(name) ?? []))
      const [header] = presented
      return header === undefined || presented.size > 1 ? undefined : sessions.findByIdentityHeader(header)
    },
  }
}
