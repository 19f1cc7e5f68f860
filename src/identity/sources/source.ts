import type { WorkloadSession } from '#authentication/workload-session.ts'
import type { OperationRequest } from '#operation/operation.ts'

/** One way a workload proves which session it belongs to: one file in this folder. */
export interface WorkloadSource {
  /** The live session that the request proved, or undefined. Does no I/O. */
  prove(request: OperationRequest): WorkloadSession | undefined
}
