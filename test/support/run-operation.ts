/** Runs one open operation as the gate does, without its record; for suites of a single surface. */
import { ServiceError } from '#base/errors.ts'
import type {
  AuditView,
  CountedReason,
  Operation,
  OperationRequest,
  OperationResponse,
  PreparationContext,
  Surface,
} from '#operation/operation.ts'
import type { Database } from '#storage/database.ts'

export interface OperationRun {
  readonly response: OperationResponse
  /** What the record of the call would show; undefined where there is none, or where the request was malformed. */
  readonly view: AuditView | undefined
  /** Why the failure would be counted; undefined when the call would be recorded singly. */
  readonly counted: CountedReason | undefined
}

/** Parses, prepares, handles, responds. An error becomes an answer in the surface's dialect. */
export async function runOperation(
  surface: Pick<Surface, 'dialect'>,
  operation: Operation,
  run: { readonly request: OperationRequest; readonly database: Database },
): Promise<OperationRun> {
  const { request, database } = run
  const { place } = request
  let input: unknown
  let output: unknown
  let response: OperationResponse
  let parsed = false
  let counted: CountedReason | undefined
  try {
    input = operation.parse(request)
    parsed = true
    const context: PreparationContext = {
      tenant: place.tenant,
      caller: undefined,
      place,
      request,
      permits: () => false,
    }
    const prepared = await operation.prepare?.(context, input)
    const scope = { tenant: place.tenant, ...(operation.moves === undefined ? {} : { moves: operation.moves }) }
    output =
      operation.access === 'read'
        ? await database.read(scope, (transaction) =>
            operation.handle({ ...context, decision: undefined, transaction }, input, prepared),
          )
        : await database.write(scope, (transaction) =>
            operation.handle({ ...context, decision: undefined, transaction }, input, prepared),
          )
    response = operation.respond(output, request)
  } catch (failure) {
    if (!(failure instanceof ServiceError)) throw failure
    response = surface.dialect.error(failure, request.facts)
    counted = operation.audit?.countedAs?.(failure, request, parsed)
  }
  return { response, view: parsed ? operation.audit?.view(input, request, output) : undefined, counted }
}

/** The JSON of an answer. */
export function bodyOf({ response }: OperationRun): Record<string, unknown> {
  const parsed: Record<string, unknown> = JSON.parse(String(response.body))
  return parsed
}
