import type { WorkloadSessions } from '#authentication/workload-session.ts'
import type { WorkloadSource } from './source.ts'

/**
 * The session whose credentials came with the request to our own proxy, which has checked them. The session is looked up
 * again: it may have ended since.
 */
export function createProxyCredentialSource(sessions: WorkloadSessions): WorkloadSource {
  return {
    prove: ({ session }) => (session === undefined ? undefined : sessions.find(session.id)),
  }
}
