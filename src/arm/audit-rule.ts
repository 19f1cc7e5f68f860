import type { Scope } from '#authorization/scope.ts'
import type { JsonValue } from '#base/json.ts'
import type { AuditRule, OperationRequest } from '#operation/operation.ts'

type Properties = Readonly<Record<string, Exclude<JsonValue, null | object>>>

interface Targeted {
  readonly target: Scope
}

/**
 * The audit rule of an operation on one target. The record shows its scope and api-version, rebuilt from what was parsed,
 * and what `properties` allows. (`never` keeps the rule out of the inference of an operation's own types.)
 */
export function auditTarget<Input extends Targeted, Output>(
  operationName: string,
  properties?: (input: Input, output: Output | undefined) => Properties,
): AuditRule<never, never> {
  const rule: AuditRule<Input, Output> = {
    operationName,
    view(input, request, output) {
      return {
        requestUri: `${request.origin}${input.target.path}${apiVersionQuery(request)}`,
        resource: input.target.path,
        ...(properties === undefined ? {} : { properties: properties(input, output) }),
      }
    },
  }
  return rule
}

/** The audit rule of a list: the record shows how many items were shown, never which. */
export function auditList(operationName: string): AuditRule<never, never> {
  return auditTarget<Targeted, { readonly rows: readonly unknown[] }>(operationName, (_input, output) => ({
    resultCount: output?.rows.length ?? 0,
  }))
}

function apiVersionQuery(request: OperationRequest): string {
  return request.apiVersion === '' ? '' : `?api-version=${encodeURIComponent(request.apiVersion)}`
}
