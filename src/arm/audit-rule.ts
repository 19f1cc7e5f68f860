import type { Scope } from '#authorization/scope.ts'
import type { JsonValue } from '#base/json.ts'
import type { AuditRule, AuditView, OperationRequest } from '#operation/operation.ts'

type Properties = Readonly<Record<string, Exclude<JsonValue, null | object>>>

interface Targeted {
  readonly target: Scope
}

interface Remembered extends Pick<OperationRequest, 'origin' | 'apiVersion'> {
  readonly view: AuditView
}

/** The last view of each target that is held in memory: the same texts again make the record cheaper, too. */
const lastView = new WeakMap<Scope, Remembered>()

function viewTarget({ origin, apiVersion }: OperationRequest, target: Scope): AuditView {
  const last = lastView.get(target)
  if (last !== undefined && last.origin === origin && last.apiVersion === apiVersion) return last.view
  const query = apiVersion === '' ? '' : `?api-version=${encodeURIComponent(apiVersion)}`
  const view = { requestUri: `${origin}${target.path}${query}`, resource: target.path }
  lastView.set(target, { origin, apiVersion, view })
  return view
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
      const view = viewTarget(request, input.target)
      return properties === undefined ? view : { ...view, properties: properties(input, output) }
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
